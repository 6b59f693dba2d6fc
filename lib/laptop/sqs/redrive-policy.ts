import { AwsError } from '../service.ts';
import { invalidValue } from './errors.ts';
import type { Queue } from './queues.ts';

/** When and where a queue's messages become dead letters. */
export type RedrivePolicy = { deadLetterTargetArn: string; maxReceiveCount: number };

/** Which queues may name this one as their dead-letter queue. */
export type RedriveAllowPolicy = {
  redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  sourceQueueArns?: string[];
};

const maxSourceQueues = 10;

/** SQS developer guide, "Configure a dead-letter queue": `maxReceiveCount` is from 1 to 1,000. */
export function readRedrivePolicy(value: string): RedrivePolicy {
  const policy = parseObject(value, 'RedrivePolicy');
  for (const member of ['deadLetterTargetArn', 'maxReceiveCount'] as const) {
    const missing = `Redrive policy does not contain mandatory attribute: ${member}.`;
    if (policy[member] === undefined) throw invalidValue(value, 'RedrivePolicy', missing);
  }
  const count = Number(policy.maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    const range = 'valid values are from 1 to 1000 both inclusive.';
    throw invalidValue(
      value,
      'RedrivePolicy',
      `Invalid value for maxReceiveCount: ${policy.maxReceiveCount}, ${range}`,
    );
  }
  return { deadLetterTargetArn: String(policy.deadLetterTargetArn), maxReceiveCount: count };
}

/** SQS API reference, `SetQueueAttributes`: up to 10 source queues, and only with `byQueue`. */
export function readRedriveAllowPolicy(value: string): RedriveAllowPolicy {
  const { redrivePermission, sourceQueueArns } = parseObject(value, 'RedriveAllowPolicy');
  const invalid = (reason: string) => invalidValue(value, 'RedriveAllowPolicy', reason);
  if (redrivePermission === 'allowAll' || redrivePermission === 'denyAll') {
    if (sourceQueueArns !== undefined) throw invalid('sourceQueueArns is only allowed with redrivePermission byQueue.');
    return { redrivePermission };
  }
  if (redrivePermission !== 'byQueue') throw invalid('redrivePermission must be allowAll, denyAll or byQueue.');
  if (!isListOfText(sourceQueueArns) || sourceQueueArns.length < 1 || sourceQueueArns.length > maxSourceQueues) {
    throw invalid(`sourceQueueArns must list 1 to ${maxSourceQueues} queue ARNs.`);
  }
  return { redrivePermission, sourceQueueArns };
}

export const redrivePolicy = ({ attributes }: Pick<Queue, 'attributes'>): RedrivePolicy | undefined =>
  attributes.RedrivePolicy ? JSON.parse(attributes.RedrivePolicy) : undefined;

export const redriveAllowPolicy = ({ attributes }: Pick<Queue, 'attributes'>): RedriveAllowPolicy =>
  attributes.RedriveAllowPolicy ? JSON.parse(attributes.RedriveAllowPolicy) : { redrivePermission: 'allowAll' };

const isListOfText = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

function parseObject(value: string, attribute: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {}
  throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${attribute}: not a JSON object.`);
}
