import { randomUUID } from 'node:crypto';
import { document } from '../s3/xml.ts';
import { AwsError, type AwsRequest, type AwsResponse } from '../service.ts';
import type { Decision } from './evaluate.ts';

/** A call that a role may not make. */
export type Refusal = {
  role: string;
  /** The function that called, or the role where no function has it. */
  function: string;
  action: string;
  resource: string;
  /** The construct to mend: that of the role's policy. */
  construct: string;
  /** Why, for people: which condition is not met, which statement denies. */
  reason: string;
};

/** What the log says: who may not do what, why, and where to mend it. */
export const lineOf = ({ function: name, action, resource, reason, construct }: Refusal) =>
  `[syncline] [laptop] [iam] ${name} may not ${action} on ${resource}: ${reason}; to mend in ${construct}`;

/** The error in AWS's words. */
export function errorOf({ role, function: name, action, resource }: Refusal, decision: Decision, account: string) {
  const user = `User: arn:aws:sts::${account}:assumed-role/${role}/${name}`;
  const why =
    decision.result === 'explicit-deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  const message = `${user} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
  return new AwsError('AccessDeniedException', message, { status: 403 });
}

/** Why, in a few words that name the statement. */
export function reasonOf(decision: Decision): string {
  if (decision.result === 'explicit-deny') return `${nameOf(decision.by)} denies it`;
  if (decision.result !== 'condition-failed') return 'no statement allows it';
  const { operator, key } = decision.condition;
  return `${nameOf(decision.by)} would allow it, but its condition ${operator} on ${key} is not met`;
}

const nameOf = ({ policy, index, sid }: { policy: string; index: number; sid?: string }) =>
  `statement ${sid ?? index} of policy ${policy}`;

/** The error in the wire format of the service that was called. */
export function answerOf(service: string, { method }: AwsRequest, { message, code, status }: AwsError): AwsResponse {
  if (service === 's3') {
    const headers = { 'content-type': 'application/xml' };
    const error = { Code: 'AccessDenied', Message: message, RequestId: randomUUID() };
    return method === 'HEAD' ? { status, headers } : { status, headers, body: document({ Error: error }) };
  }
  const headers = {
    'content-type': service === 'secretsmanager' ? 'application/x-amz-json-1.1' : 'application/x-amz-json-1.0',
    'x-amzn-errortype': code,
  };
  return { status, headers, body: JSON.stringify({ __type: code, message, Message: message }) };
}
