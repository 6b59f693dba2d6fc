/**
 * The bridge between infrastructure and runtime, and the only one beside the two connector shelves.
 *
 * What a stack creates and a function uses is named here once: physical names, environment variables, metrics, and the
 * limits that both must agree on. It imports nothing.
 */

export type Timing = 'normal' | 'test';
/** How many times faster a stage's time passes: the `test` profile lets a day of retries pass in minutes. */
export const speedOf = (timing: Timing) => (timing === 'test' ? 100 : 1);

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Physical names: stacks and functions find each other by these, never by exports. */
export const names = (stage: string) => ({
  hubStack: `syncline-${stage}`,
  flowsStack: (group: string) => `syncline-${stage}-${group}`,
  queue: (flow: string) => `syncline-${stage}-${flow}`,
  deadLetterQueue: (flow: string) => `syncline-${stage}-${flow}-dlq`,
  ingestFunction: (source: string) => `syncline-${stage}-ingest-${source}`,
  deliverFunction: (flow: string) => `syncline-${stage}-deliver-${flow}`,
  guardFunction: `syncline-${stage}-guard`,
  sourceSecret: (source: string) => `syncline/${stage}/source/${source}`,
  targetSecret: (target: string) => `syncline/${stage}/target/${target}`,
  ledgerTable: `syncline-${stage}-ledger`,
  stateTable: `syncline-${stage}-state`,
  bucket: (account: string, region: string) => `syncline-${stage}-${account}-${region}`,
  alarmTopic: `syncline-${stage}-alarms`,
  httpApi: `syncline-${stage}`,
});

/** The path of a source's URL below the API. */
export const webhookPath = (source: string) => `/v1/webhooks/${source}`;

/** Environment variables of the functions. Their values fit Lambda's 4 KB because routes travel as a file. */
export const ENVIRONMENT = {
  stage: 'SYNCLINE_STAGE',
  timing: 'SYNCLINE_TIMING',
  ledgerTable: 'SYNCLINE_LEDGER_TABLE',
  stateTable: 'SYNCLINE_STATE_TABLE',
  /** Targets of this flow whose echoes some flow of the stage looks for, separated by commas. */
  echoTargets: 'SYNCLINE_ECHO_TARGETS',
  bucket: 'SYNCLINE_BUCKET',
  secretPrefix: 'SYNCLINE_SECRET_PREFIX',
  queueUrlPrefix: 'SYNCLINE_QUEUE_URL_PREFIX',
  publicUrl: 'SYNCLINE_PUBLIC_URL',
  /** JSON, `{ "<target>": <requests per second> }`: what one process of this flow may send to each of its targets. */
  pace: 'SYNCLINE_PACE',
} as const;

/** Keys and attributes of the ledger table that its definition and its code must agree on. */
export const LEDGER = {
  partitionKey: 'pk',
  sortKey: 'sk',
  ttl: 'expiresAtEpochSeconds',
  attentionIndex: 'attention',
  attentionShards: 8,
} as const;

/** The partition of the `attention` index that holds some of a flow's unfinished rows; `shard` is below `attentionShards`. */
export const attentionKey = (flow: string, shard: number) => `${flow}#${shard}`;

/** Keys and attributes of the state table that its definition, its rights and its code must agree on. */
export const STATE = {
  partitionKey: LEDGER.partitionKey,
  sortKey: LEDGER.sortKey,
  ttl: LEDGER.ttl,
  /** The beginning of the partitions that hold a flow's entities, an item each. */
  entitiesOf: (flow: string) => `entity#${flow}#`,
  /** The beginning of the partitions that hold what was written into a target's records, an item a write. */
  echoesOf: (target: string) => `echo#${target}#`,
  /** The partition of what a flow or a target has: its parks. */
  subject: (kind: 'flow' | 'target', name: string) => `${kind}#${name}`,
  /** The partition of what the guard remembers under a name. */
  note: (name: string) => `guard#${name}`,
} as const;

/** CloudWatch metrics, written as EMF by the functions and watched by the alarms. */
export const METRICS = {
  namespace: 'Syncline',
  /** What vendors sent, item by item; `Accepted` is what became of it. They differ by what was unreadable, and only by that. */
  received: 'Received',
  accepted: 'Accepted',
  refused: 'Refused',
  rotatedAway: 'RotatedAway',
  unmatched: 'Unmatched',
  unreadable: 'Unreadable',
  unavailable: 'Unavailable',
  spooled: 'Spooled',
  delivered: 'Delivered',
  skipped: 'Skipped',
  waited: 'Waited',
  stopped: 'Stopped',
  unknown: 'Unknown',
  duplicates: 'Duplicates',
  parked: 'Parked',
  parkAdded: 'ParkAdded',
  unreachable: 'Unreachable',
  authFailed: 'AuthFailed',
  bug: 'Bug',
  entityParked: 'EntityParked',
  freshnessMs: 'FreshnessMs',
  probed: 'Probed',
  heartbeat: 'Heartbeat',
  expiring: 'Expiring',
  parkedDays: 'ParkedDays',
  /** 1 in each minute in which a reason holds the flow. */
  held: 'Held',
} as const;

/** Limits of the queues, on which the delivery rules rest (docs/delivery.md, "The receive budget"). */
export const QUEUE = {
  /** A backstop: what is committed `stopped` drains to the dead-letter queue by being received until this. */
  maxReceiveCount: 100,
  /** A parked flow must not expire: SQS's own maximum, on queues and dead-letter queues alike. */
  retentionMs: 14 * DAY,
  batchSize: 10,
  maximumBatchingWindowMs: 0,
  maximumConcurrency: 5,
  /** SQS: at most 10 entries and 1 MiB a batch. */
  batchEntries: 10,
  batchBytes: 1_048_576,
  /** SQS: a message may be invisible for 12 h in all, counted from its receive. */
  maxVisibilitySeconds: 43_200,
} as const;

/** Bodies above this size lie in the bucket and the message carries a reference (base64 of it still fits 1 MiB). */
export const MAX_INLINE_BODY_BYTES = 700_000;
/** What API Gateway lets through, and what a compressed body may unpack to. */
export const MAX_BODY_BYTES = 10_000_000;
/** Prefix of the bucket for bodies too large for a message. */
export const BODIES_PREFIX = 'bodies/';

/** Prefix of the bucket for requests that SQS refused and whose sender never retries. */
export const SPOOL_PREFIX = 'spool/';

/** An ingest function's timeout; no copy of a message that it sent itself is stamped later than this (plus slack). */
export const INGEST_TIMEOUT_MS = 29 * SECOND;

/** How fresh a flow's deliveries should be; the target of its alarms and the cause of its function's timeout. */
export type Freshness = 'real-time' | 'batch' | { minutes: number };

export function freshnessMs(freshness: Freshness): number {
  if (freshness === 'real-time') return 5 * MINUTE;
  if (freshness === 'batch') return HOUR;
  return freshness.minutes * MINUTE;
}

/** T: timeout of a flow's deliver function. */
export const deliverTimeoutMs = (freshness: Freshness) => (freshness === 'real-time' ? 30 : 60) * SECOND;
/** V: visibility timeout of its queue. AWS advises six times the function's timeout. */
export const visibilityTimeoutMs = (freshness: Freshness) => 6 * deliverTimeoutMs(freshness);
/** A worker's lease outlives its invocation's deadline by this, never by a constant of its own. */
export const LEASE_MARGIN_MS = 15 * SECOND;
/** Calls are aborted this long before the invocation's deadline, so that a handler never returns with one open. */
export const CALL_ABORT_MARGIN_MS = 2 * SECOND;
/** One call to a target. */
export const CALL_TIMEOUT_MS = 10 * SECOND;

/** A final row is remembered this long; a message accepted longer ago than MEMORY_MS that finds no row is not run. */
export const LEDGER_TTL_MS = 35 * DAY;
export const MEMORY_MS = 30 * DAY;
