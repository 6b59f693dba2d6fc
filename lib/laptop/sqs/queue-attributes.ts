import { AwsError, notEmulated } from '../service.ts';
import type { Queue } from './queues.ts';
import { readRedriveAllowPolicy, readRedrivePolicy } from './redrive-policy.ts';

/** Least, most and default value. Source: SQS API reference, `SetQueueAttributes`. */
const numbers = {
  DelaySeconds: [0, 900, 0],
  MaximumMessageSize: [1024, 1_048_576, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  VisibilityTimeout: [0, 43_200, 30],
} as const;

/** Kept and given back without effect: the laptop has neither keys nor queue policies. */
const inert = ['Policy', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled'];
const fifo = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

export const settableNames: string[] = [...Object.keys(numbers), ...inert, 'RedrivePolicy', 'RedriveAllowPolicy'];

type NumberName = keyof typeof numbers;

/** The value of a numeric attribute, set or default. */
export const setting = (queue: Queue, name: NumberName) => Number(queue.attributes[name] ?? numbers[name][2]);

/** All settable attributes of a queue, defaults included. */
export const allSettings = (queue: Pick<Queue, 'attributes'>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(numbers).map(([name, [, , preset]]) => [name, String(preset)])),
  SqsManagedSseEnabled: 'true',
  ...queue.attributes,
});

/**
 * Brings the attributes of a request into their stored form. An empty string means: remove it.
 *
 * @throws AwsError `InvalidAttributeName`, `InvalidAttributeValue`, `InvalidParameterValue`, `NotEmulatedException`.
 */
export function readAttributes(attributes: Record<string, string | undefined> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value = '']) => [name, readAttribute(name, value)]));
}

/** What is left to store. */
export const withoutRemoved = (attributes: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));

function readAttribute(name: string, value: string): string {
  if (Object.hasOwn(numbers, name)) return readNumber(name as NumberName, value);
  if (fifo.includes(name)) throw notEmulated('sqs', `the attribute ${name}`);
  if (value === '' && (inert.includes(name) || name.startsWith('Redrive'))) return '';
  if (name === 'RedrivePolicy') return JSON.stringify(readRedrivePolicy(value));
  if (name === 'RedriveAllowPolicy') return JSON.stringify(readRedriveAllowPolicy(value));
  if (!inert.includes(name)) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  return value;
}

function readNumber(name: NumberName, value: string): string {
  const [least, most] = numbers[name];
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return String(number);
  throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}
