import { invalidParameter } from './errors.ts';

/** Where the queues are: part of every ARN and queue URL. */
export type Place = { account: string; region: string };

export const queueArn = (place: Place, name: string) => `arn:aws:sqs:${place.region}:${place.account}:${name}`;

/** The queue's name, when the ARN is one of this account and Region. */
export function nameInArn(place: Place, arn: string): string | undefined {
  const start = queueArn(place, '');
  return arn.startsWith(start) ? arn.slice(start.length) : undefined;
}

/** @throws AwsError `InvalidParameterValue` for what is not an ARN at all. */
export function requireArn(arn: string, parameter: string): string {
  if (/^arn:[^:]+:sqs:[^:]+:\d+:[\w.-]+$/.test(arn)) return arn;
  throw invalidParameter(
    `You must use this format to specify the ${parameter}: ` +
      'arn:<partition>:<service>:<region>:<account-id>:<resource-id>',
  );
}
