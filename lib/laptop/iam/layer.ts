/**
 * IAM on the laptop: who calls under a role may do what the role's policies in the templates allow, and nothing else.
 *
 * Identity policies alone decide. Resource policies are not evaluated: those that the templates give queues and buckets
 * deny calls without TLS, which a loopback cannot tell, and Lambda's permissions let API Gateway in, which has no role.
 * Permission boundaries, session policies and organizations do not exist here.
 */
import type { Layer } from '../front.ts';
import type { PollerPorts } from '../pollers/ports.ts';
import type { AwsError, AwsRequest, AwsResponse, Service } from '../service.ts';
import type { Cast } from './callers.ts';
import { needsOf } from './calls/needs-of.ts';
import { needToKnowAbsence } from './calls/s3.ts';
import type { Context } from './conditions.ts';
import { createJudge, type Judge, type JudgeOptions } from './judge.ts';
import { answerOf, type Refusal } from './refusal.ts';
import type { StatementUse } from './usage.ts';

export type Iam = {
  /** Refuses what the caller's role does not allow; administrators may do everything. */
  layer: Layer;
  /** Other roles and functions, as after a new synthesis: what is known of statements that are still there stays. */
  update(cast: Cast): void;
  /** Every Allow statement of every role. */
  statements(): StatementUse[];
  /** Those that allowed a call. */
  used(): StatementUse[];
  /** The last hundred refusals, oldest first. */
  refusals(): Refusal[];
  /**
   * One action under a role, for what acts under roles and does not call through the front, such as schedules.
   *
   * @returns The refusal, to be thrown or answered; undefined when it is allowed.
   */
  authorizeAs(roleName: string, action: string, resource: string, context?: Context): AwsError | undefined;
  /** What Lambda does with a queue, under the function's role: it receives, deletes, and reads attributes. */
  authorizePoller(functionName: string, queueName: string): AwsError | undefined;
  /** The pollers' calls, each under the roles of the functions that are mapped to the queue; a refusal rejects. */
  asPollers(queues: PollerCalls, mappings: readonly Mapped[]): PollerCalls;
  /** What Lambda writes for a function, under its role. Without the right AWS drops the lines. */
  authorizeLogs(functionName: string): AwsError | undefined;
};

type PollerCalls = Pick<PollerPorts, 'receive' | 'delete'>;
type Mapped = { functionName: string; queueName: string };

/**
 * @throws Error for a policy that cannot be evaluated in full: an element, a condition operator or key, a policy variable
 * or a managed policy of AWS's that is not known here. `update` throws it too.
 */
export function createIamLayer(options: JudgeOptions): Iam {
  const { account, region } = options;
  const judge = createJudge(options);
  const authorizePoller: Iam['authorizePoller'] = (functionName, queueName) => {
    const resource = `arn:aws:sqs:${region}:${account}:${queueName}`;
    const needs = POLLER_ACTIONS.map((action) => ({ action, resource }));
    return judge.authorize(judge.roleOf(functionName), needs);
  };
  const mutedLogs = new Map<string, AwsError>();
  return {
    layer: (service, request, next) => check(judge, service, request, next, options),
    update(cast) {
      judge.update(cast);
      mutedLogs.clear();
    },
    statements: judge.statements,
    used: () => judge.statements().filter(({ uses }) => uses > 0),
    refusals: judge.refusals,
    authorizeAs: (roleName, action, resource, context = {}) =>
      judge.authorize(roleName, [{ action, resource, context }]),
    authorizePoller,
    asPollers: (queues, mappings) => asPollers(queues, mappings, authorizePoller),
    authorizeLogs(functionName) {
      const resource = `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/${functionName}:log-stream:laptop`;
      const needs = LOG_ACTIONS.map((action) => ({ action, resource }));
      const refusal = mutedLogs.get(functionName) ?? judge.authorize(judge.roleOf(functionName), needs);
      // Told once: each line would be refused.
      if (refusal) mutedLogs.set(functionName, refusal);
      return refusal;
    },
  };
}

const POLLER_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
const LOG_ACTIONS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

async function check(
  judge: Judge,
  service: Service,
  request: AwsRequest,
  next: () => Promise<AwsResponse>,
  at: { account: string; region: string },
): Promise<AwsResponse> {
  const { principal } = request;
  if (principal.kind === 'administrator') return next();
  const needs = await needsOf(service, request, at);
  const operation = `${service.name}:${request.operation || `${request.method} ${request.path}`}`;
  const refusal = needs
    ? judge.authorize(principal.roleName, needs)
    : judge.refuseUnmapped(principal.roleName, operation);
  if (refusal) return answerOf(service.name, request, refusal);
  const answer = await next();
  if (!isAbsentObject(service, request, answer)) return answer;
  const hidden = judge.authorize(principal.roleName, [needToKnowAbsence(request)]);
  return hidden ? answerOf(service.name, request, hidden) : answer;
}

/** S3 tells that an object is not there only to those who may list the bucket. */
function isAbsentObject({ name }: Service, { method }: AwsRequest, { status, body = '' }: AwsResponse): boolean {
  return name === 's3' && status === 404 && (method === 'HEAD' || body.includes('NoSuchKey'));
}

function asPollers(queues: PollerCalls, mappings: readonly Mapped[], authorize: Iam['authorizePoller']): PollerCalls {
  const demand = (queueName: string) => {
    for (const mapped of mappings) {
      const refusal = mapped.queueName === queueName ? authorize(mapped.functionName, queueName) : undefined;
      if (refusal) throw refusal;
    }
  };
  return {
    async receive(queueName, ...rest) {
      demand(queueName);
      return queues.receive(queueName, ...rest);
    },
    async delete(queueName, receiptHandles) {
      demand(queueName);
      return queues.delete(queueName, receiptHandles);
    },
  };
}
