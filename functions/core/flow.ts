/**
 * A flow: one rule, one file. Events of these types from these sources become operations on targets.
 *
 * From the flow files alone come queues, functions, roles and alarms. A flow's id is the name of its file.
 */
import { createHash } from 'node:crypto';
import type { EchoRule } from './echo.ts';
import type { Envelope } from './envelope.ts';
import type { Freshness } from './names.ts';
import { defaultOrder, type Order } from './order.ts';
import type { Source } from './source.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { Call, IfUnknown, Operation, ResultOf, Target } from './target.ts';

/** What `run` may perform. An operation that cannot be repeated comes with the flow's decision. */
export type To =
  | Operation<string, never, unknown, 'upsert' | 'key' | 'lookup'>
  | { readonly operation: Operation<string, never, unknown, 'none'>; readonly ifUnknown: IfUnknown };

type OperationOf<Entry> = Entry extends { readonly operation: infer Inner extends (...input: never[]) => unknown }
  ? Inner
  : Entry;
type CallOf<Entry> = OperationOf<Entry> extends (input: never) => infer SomeCall ? Extract<SomeCall, Call> : never;
type TypeOf<From> = From extends Source<infer Type> ? Type : never;

/** Why nothing was done: returned from `run`. */
export type Skip = { readonly skip: string };
export const skip = (reason: string): Skip => ({ skip: reason });

export type RunContext<Allowed extends Call> = {
  /**
   * Performs an operation and returns its result, which is remembered under `name`: when the delivery is tried again, the
   * operation is not.
   *
   * @param name Occurs once a run; `result` is reserved for the operation that `run` returns.
   * @param options.was Names that this step had before, so that deliveries under way keep their results.
   */
  readonly step: <SomeCall extends Allowed>(
    name: string,
    call: SomeCall,
    options?: { readonly was?: readonly string[] },
  ) => Promise<ResultOf<SomeCall>>;
  readonly event: Pick<Envelope, 'type' | 'key' | 'eventId' | 'occurredAt' | 'entityId' | 'source' | 'acceptedAt'>;
  readonly deliveryId: string;
};

export type FlowDefinition<From extends Source, Payload, Entries extends readonly To[]> = {
  /** What it is for, in a sentence an operator understands. */
  readonly purpose: string;
  /** The team to ask. */
  readonly owner: string;
  /** The stack it lives in, `syncline-<stage>-<group>`. @default 'flows' */
  readonly group?: string;
  readonly from: From | readonly From[];
  readonly types: readonly TypeOf<From>[] | 'any';
  readonly payload: StandardSchema<Payload>;
  /** Empty: it writes into no target, and `run` can only skip, as while one only watches what a vendor sends. */
  readonly to: Entries;
  /** @default 'real-time', 5 minutes */
  readonly freshness?: Freshness;
  /**
   * `latest-wins`: of one entity's events an older one is not applied after a newer one. `any`: they may overtake each
   * other. @default 'latest-wins' where every type is a `state` and every operation an upsert, else 'any'
   */
  readonly order?: Order;
  /**
   * What an event is about, where its own entity id is too wide: for a `delta` the changed field must be in it. An empty
   * string: nothing in particular. @default the event's `entityId`
   */
  entity?(event: Envelope): string;
  /** Skips events that only tell us what we wrote into a target in the ten minutes before they came. */
  readonly echo?: EchoRule<Payload>;
  /** Looks at the envelope alone; false leaves no trace but a count. */
  when?(event: Envelope): boolean;
  run(payload: Payload, context: RunContext<CallOf<Entries[number]>>): Promise<CallOf<Entries[number]> | Skip>;
};

/** A flow as the engine sees it, after `flow()` has forgotten the types. */
export type Flow = {
  readonly purpose: string;
  readonly owner: string;
  readonly group: string;
  readonly sources: readonly Source[];
  readonly types: readonly string[] | 'any';
  readonly payload: StandardSchema;
  readonly freshness: Freshness;
  readonly order: Order;
  readonly entity: ((event: Envelope) => string) | undefined;
  readonly echo: EchoRule<unknown> | undefined;
  readonly operations: readonly {
    readonly id: string;
    readonly target: Target;
    readonly operation: string;
    readonly ifUnknown: IfUnknown | undefined;
  }[];
  readonly when: ((event: Envelope) => boolean) | undefined;
  readonly run: (payload: unknown, context: RunContext<Call>) => Promise<Call | Skip>;
  /** Tells one version of `run` from another. */
  readonly runHash: string;
};

/** Defines a flow; a flow file exports the result as its default. */
export function flow<From extends Source, Payload, const Entries extends readonly To[]>(
  definition: FlowDefinition<From, Payload, Entries>,
): Flow {
  const { from, to, when, entity } = definition;
  const sources = Array.isArray(from) ? from : [from as From];
  const operations = to.map((entry) => {
    const { operation, ifUnknown } = 'ifUnknown' in entry ? entry : { operation: entry, ifUnknown: undefined };
    return { id: operation.id, target: operation.target, operation: operation.operation, ifUnknown };
  });
  return {
    purpose: definition.purpose,
    owner: definition.owner,
    group: definition.group ?? 'flows',
    sources,
    types: definition.types,
    payload: definition.payload,
    freshness: definition.freshness ?? 'real-time',
    order: definition.order ?? defaultOrder({ sources, types: definition.types, operations }),
    entity: entity && ((event) => entity.call(definition, event)),
    echo: definition.echo as EchoRule<unknown> | undefined,
    operations,
    when: when && ((event) => when.call(definition, event)),
    run: definition.run.bind(definition) as unknown as Flow['run'],
    runHash: createHash('sha256').update(definition.run.toString()).digest('base64url').slice(0, 12),
  };
}
