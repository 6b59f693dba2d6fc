/**
 * Faults as data: what is to go wrong on this machine, where, how often and how long.
 *
 * What a call meets: AWS services throttle, fail and lose answers; processes are killed; clocks are wrong.
 */
import { z } from 'zod';

/** Names in the credential scope. */
export const services = ['sqs', 'dynamodb', 's3', 'secretsmanager', 'lambda', 'scheduler', 'monitoring'] as const;

const service = z.enum(services);
/** Such as `SendMessage`. @default every operation */
const operation = z.string().min(1).optional();
const functionName = z.string().min(1);
const milliseconds = z.int().min(1);

/** Ends it by itself, by the hub's clock. @default when it is cleared */
const duration = { forMs: milliseconds.optional() };
const frequency = {
  ...duration,
  /** Of each call that it could meet, above 0 up to 1. @default 1 */
  probability: z.number().gt(0).max(1).optional(),
  /** Ends it after it has struck so often. @default until it is cleared */
  times: z.int().min(1).optional(),
};

const schemas = {
  /** Refuses as the service does when calls come too fast: all, or those beyond a rate. */
  throttle: z.strictObject({
    kind: z.literal('throttle'),
    ...{ service, operation },
    /** Calls that pass in each second of the hub's clock. @default none */
    perSecond: z.int().min(1).optional(),
    ...frequency,
  }),
  /** Answers as the service does when it is broken (500) or overloaded (503). */
  fail: z.strictObject({
    kind: z.literal('fail'),
    ...{ service, operation },
    status: z.literal([500, 503]).default(500),
    ...frequency,
  }),
  /** Breaks the connection before anything is done. */
  'refuse-connections': z.strictObject({
    kind: z.literal('refuse-connections'),
    ...{ service, operation },
    ...frequency,
  }),
  /** Lets the call wait in real time before anything is done. */
  delay: z.strictObject({ kind: z.literal('delay'), ...{ service, operation }, delayMs: milliseconds, ...frequency }),
  /** Does what the call asks for and then breaks the connection. */
  'drop-answer': z.strictObject({ kind: z.literal('drop-answer'), ...{ service, operation }, ...frequency }),
  /** Kills the function's process: in an invocation after a time, or at a call that it makes. */
  'kill-function': z
    .strictObject({
      kind: z.literal('kill-function'),
      functionName,
      /** Of real time, from the beginning of the invocation. @default 0 */
      afterMs: z.int().min(0).optional(),
      /** At a call of this service, instead of after a time; every process of the function that is invoked is killed. */
      service: service.optional(),
      operation,
      /** Whether the call has been done when the function dies. @default 'before' */
      moment: z.enum(['before', 'after']).optional(),
      ...frequency,
      /** @default 1 */
      times: z.int().min(1).default(1),
    })
    .refine((fault) => fault.afterMs === undefined || fault.service === undefined, {
      error: 'takes afterMs or service, not both',
    })
    .refine((fault) => fault.service !== undefined || (fault.operation ?? fault.moment) === undefined, {
      error: 'takes operation and moment only with a service',
    }),
  /** Puts the function's clock wrong by this much, negative for behind. */
  'skew-clock': z.strictObject({ kind: z.literal('skew-clock'), functionName, skewMs: z.int(), ...duration }),
};

export type Fault = z.infer<(typeof schemas)[keyof typeof schemas]>;
export type FaultKind = Fault['kind'];
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>;

export const kinds = Object.keys(schemas) as FaultKind[];

/** The fields that a fault of this kind may have. */
export const fieldsOf = (kind: FaultKind): string[] =>
  Object.keys(schemas[kind].shape).filter((name) => name !== 'kind');

/** Something that is no fault: `problem` says what is wrong with it, `next` what there is. */
export class FaultMistake extends Error {
  readonly code = 'wrong-fault';
  readonly problem: string;
  readonly next: string;

  constructor(problem: string, next: string) {
    super(`[syncline] [faults] ${problem}; ${next}`);
    this.name = 'FaultMistake';
    this.problem = problem;
    this.next = next;
  }
}

/** @throws FaultMistake that names what is wrong and what there is. */
export function readFault(given: unknown): Fault {
  const kind = readKind(given);
  const { error, data } = schemas[kind].safeParse(given);
  if (data) return data;
  const problems = error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  throw new FaultMistake(`${kind}: ${problems.join('; ')}`, `a fault ${kind} has ${fieldsOf(kind).join(', ')}`);
}

function readKind(given: unknown): FaultKind {
  const kind = String((given as { kind?: unknown } | null)?.kind);
  if (Object.hasOwn(schemas, kind)) return kind as FaultKind;
  throw new FaultMistake(`there is no fault '${kind}'`, `the faults are ${kinds.join(', ')}`);
}
