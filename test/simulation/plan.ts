/** What a seed decides beforehand: flows, their deploys, the vendors' and services' bad days, the load. Drawn in draw.ts. */
import type { Order } from '../../functions/core/order.ts';
import type { IfUnknown } from '../../functions/core/target.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

export type OperationPlan = {
  readonly vendor: number;
  readonly by: 'upsert' | 'key' | 'lookup' | 'none';
  readonly ifUnknown: IfUnknown;
};

/** A version of a flow's code. Steps are named by their index and version. */
export type Version = {
  readonly from: number;
  /** Of each step but the last: its name, and former names. */
  readonly steps: readonly { readonly name: string; readonly was: readonly string[] }[];
  /** Events whose number ends with one of these digits are not wanted. */
  readonly unwanted: readonly number[];
  /** Those that `run` skips. */
  readonly skips: readonly number[];
  /** The bundle cannot be loaded. */
  readonly broken: boolean;
  /** How probably `run` throws before it asks for anything. */
  readonly throws: number;
};

export type FlowPlan = {
  readonly name: string;
  readonly types: readonly ('a' | 'b')[] | 'any';
  readonly freshness: 'real-time' | 'batch';
  readonly operations: readonly OperationPlan[];
  readonly order: Order;
  /** Steps are asked for at once rather than one after the other. */
  readonly parallel: boolean;
  /** The flow's code catches what its steps throw. */
  readonly swallows: boolean;
  /** How probably `run` skips whatever it is: it looks at what changes from one try to the next. */
  readonly fickle: number;
  readonly concurrency: number;
  readonly batchSize: number;
  readonly versions: readonly Version[];
  /** It writes what its events say, and skips what only echoes writes into this vendor. */
  readonly echo?: number;
};

export type Window<Kind extends string> = { readonly from: number; readonly to: number; readonly kind: Kind };

export type VendorTrouble =
  | 'down'
  | 'down after the effect'
  | 'answers lost'
  | 'unreachable'
  | 'unauthorized'
  | 'rate-limiting'
  | 'refusing'
  | 'forbidden'
  | 'redirecting';

export type VendorPlan = {
  readonly keyLifetimeHours: number;
  /** What is looked up is found at the latest so long after the call, … */
  readonly settleMs: number;
  /** … of which its index takes so long. */
  readonly indexLagMs: number;
  /** Without one its parks end by themselves. */
  readonly hasProbe: boolean;
  /** Answers a repeated key with the refusal or the 5xx it gave first, as some do. */
  readonly storesRefusals: boolean;
  readonly storesErrors: boolean;
  /** Refuses what it does not like before it looks whether it knows the key. */
  readonly checksKeysLast: boolean;
  readonly trouble: readonly Window<VendorTrouble>[];
  readonly rotatedAt: number;
};

export type Service = 'ledger' | 'queue' | 'visibility' | 'bucket' | 'secrets';
export type ServiceTrouble = 'outage' | 'throttle' | 'answers lost';

export type RequestPlan = {
  readonly at: number;
  /** Ids are `<type><number>`; `p` before the number marks a payload that cannot be decoded. */
  readonly events: readonly string[];
  readonly large: boolean;
  /** Further posts of the same request, after the vendor had its 2xx. */
  readonly again: readonly number[];
};

/** What an event is about. `rank`: which is newer than which, undefined when its vendor does not say. */
export type EventPlan = {
  readonly entityId: string | null;
  readonly rank: number | undefined;
  readonly occurredAt: string | null;
  readonly sequence?: string;
  /** What it says of its entity, where there are echoes. */
  readonly fields?: RecordPlan['fields'];
  /** Of an echo: how often in a row an echo of this change was not noticed. */
  readonly hops?: number;
};

export type RecordPlan = { readonly entity: string; readonly fields: Readonly<Record<string, string>> };

export type Notation = (typeof NOTATIONS)[number];
export const NOTATIONS = ['iso', 'seconds', 'milliseconds', 'sequence', 'both'] as const;

/** Probabilities of what may go wrong at any moment. */
export type Rates = Readonly<Record<(typeof RATES)[number], number>>;
export const RATES = [
  'crash before',
  'crash after',
  'port fails',
  'answer lost',
  'slow port',
  'delete lost',
  'delete of an old receipt works',
  'received twice',
  'receive lost',
  'SDK copy',
  'entry failed',
  'vendor error',
  'slow vendor',
  'ingest answer lost',
  'object missing',
  'key forgotten',
  'frozen worker',
] as const;

export type Plan = {
  readonly seed: number;
  readonly flows: readonly FlowPlan[];
  readonly vendors: readonly VendorPlan[];
  readonly services: Readonly<Record<Service, readonly Window<ServiceTrouble>[]>>;
  /** Whether the source's vendor sends again what was not answered 2xx. */
  readonly retries: boolean;
  /** The source's `read` throws. */
  readonly readerBroken: readonly Window<'broken'>[];
  readonly requests: readonly RequestPlan[];
  /** By the events' numbers. Those that echoes are come to them as they happen. */
  readonly events: EventPlan[];
  /** How their vendor writes when something happened. */
  readonly notation: Notation;
  /** Vendors that tell of writes into their records, by events of this type. */
  readonly echoes: readonly { readonly vendor: number; readonly type: 'a' | 'b' }[];
  readonly rates: Rates;
  /** Workers die at one port call in ten. */
  readonly dyingWorkers: readonly Window<'dying'>[];
  readonly maxSkewMs: number;
  /** An operator parks flows for a while. */
  readonly operatorParks: readonly { readonly from: number; readonly to: number; readonly flow: number }[];
  /** The guard does not run. */
  readonly guardAway: readonly Window<'away'>[];
  /** When an operator looks at what is unknown, and says what he sees at the target. */
  readonly resolves: readonly number[];
  /** When an operator publishes deliveries anew, and whether all of their steps are to be done again. */
  readonly edits: readonly { readonly at: number; readonly flow: number; readonly again: 'all' | readonly string[] }[];
  readonly redrives: readonly { readonly at: number; readonly flow: number; readonly which: 'all' | 'one' | 'twice' }[];
  /** A stopped message's hundred receives are all alike: the chance, after each, that it passes the middle of them at once. */
  readonly shortenedDrains: number;
  /** From here on nothing goes wrong any more, and at the end everything must have come to an end. */
  readonly calmAt: number;
  readonly endAt: number;
};

export const START = Date.parse('2026-11-20T00:00:00Z');

/** Which trouble there is now. */
export const troubleAt = <Kind extends string>(list: readonly Window<Kind>[], now: number): Kind | undefined =>
  list.find(({ from, to }) => now >= from && now < to)?.kind;
