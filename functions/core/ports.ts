/**
 * What core needs from the outside. `functions/aws` has the real side of each port, `test/memory` the in-memory side.
 *
 * A port that cannot be reached rejects with any error; core decides what that means (docs/delivery.md).
 */
import type { ErrorClass } from './delivery-error.ts';
import type { DeliveryAddress } from './delivery-id.ts';
import type { Admission, Entity, EntityAddress, Entry, Leaving } from './entity.ts';
import type { DeliveryRow, StepRow, TryRow } from './ledger.ts';
import type { Park, ParkReason, ParkSubject } from './parks.ts';
import type { HttpResponse } from './target.ts';

export type Clock = {
  now(): number;
  /** Ends after `ms`, or as soon as `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export type Random = {
  /** From 0 (included) to 1 (excluded). */
  number(): number;
  /** 128 random bits as 22 characters of base64url. */
  id(): string;
};

/** The record that makes a delivery happen once. All reads are strongly consistent. */
export type Ledger = {
  read(address: DeliveryAddress): Promise<{ row: DeliveryRow | undefined; steps: readonly StepRow[] }>;
  /**
   * Writes `row` if the stored row still has `previousToken` (undefined: if there is none), and `failedTry` with it or not
   * at all. A stored row that already has `row.token` is our own write, retried by an SDK: that counts as written.
   */
  write(row: DeliveryRow, previousToken: string | undefined, failedTry?: TryRow): Promise<Written>;
  /** Stores a step's result unless a later cycle has stored one. False: we no longer own the delivery. */
  writeStep(step: StepRow): Promise<boolean>;
};

export type Written = { written: true } | { written: false; stored: DeliveryRow | undefined };

/** The entities of flows whose latest event wins. All reads are strongly consistent. */
export type Entities = {
  /**
   * Asks for a delivery's turn. When it is, that is one write: its version is wanted, and it has the lease. When another
   * delivery has the lease, its version is wanted all the same, if it is the newest.
   */
  enter(entity: EntityAddress, entry: Entry): Promise<Admission>;
  /**
   * Writes `row` and `failedTry` as the ledger does, and in the same transaction what becomes of the entity. Not written,
   * either, when the lease that is left is no longer held.
   */
  leave(
    commit: { readonly row: DeliveryRow; readonly failedTry?: TryRow },
    previousToken: string | undefined,
    leaving: Leaving,
  ): Promise<Written>;
  /** @returns undefined when nothing is known of it. */
  read(entity: EntityAddress): Promise<Entity | undefined>;
  /** Lets no delivery enter until `resume`. */
  park(entity: EntityAddress, now: number): Promise<void>;
  /** Lets deliveries enter again, and counts them from nought. No error when it was not parked. */
  resume(entity: EntityAddress): Promise<void>;
};

/** What we wrote into vendors' records a while ago, write by write, as hashes by field. */
export type Echoes = {
  /** Earlier writes of the record stay as they were noted. */
  note(record: EchoRecord, write: RecordWrite): Promise<void>;
  /** At most `limit` of the writes from `from` to `to` (both included), the newest first: what each field was given. */
  read(
    record: EchoRecord,
    wanted: { readonly from: number; readonly to: number; readonly limit: number },
  ): Promise<readonly ReadonlyMap<string, string>[]>;
};

/** `hashes`: by field. `keptUntil`: after that it may be forgotten. */
export type RecordWrite = {
  readonly hashes: ReadonlyMap<string, string>;
  readonly at: number;
  readonly keptUntil: number;
};

export type EchoRecord = { readonly target: string; readonly entity: string };

export type OutgoingMessage = { readonly body: string };

/** The flows' queues. */
export type Queues = {
  /**
   * Sends messages to a flow's queue and checks each entry.
   *
   * @param messages Any number; sent in batches within SQS's limits.
   * @throws When a message was not accepted before `deadline` (milliseconds since the epoch).
   */
  send(flow: string, messages: readonly OutgoingMessage[], deadline: number): Promise<void>;
  /** @param seconds From 0 to 43,200. */
  setVisibility(flow: string, receiptHandle: string, seconds: number): Promise<void>;
};

/** Why flows are held. Reads are strongly consistent. */
export type Parks = {
  /** Every reason of these subjects, those that are over included. */
  read(subjects: readonly ParkSubject[]): Promise<readonly Park[]>;
  /** Adds a reason, or renews it: `since` and `by` of one that is there stay. */
  add(park: Park): Promise<void>;
  /** Removes one reason; no error when it is not there. */
  remove(subject: ParkSubject, reason: ParkReason): Promise<void>;
};

/** What the guard remembers from one run to the next, by name. Reads are strongly consistent. */
export type Notes = {
  /** Those there are. */
  read(names: readonly string[]): Promise<ReadonlyMap<string, Note>>;
  write(name: string, note: Note): Promise<void>;
};
/** Times are milliseconds since the epoch. */
export type Note = Readonly<Record<string, number>>;

/** The event source mappings between the flows' queues and their functions. */
export type Mappings = {
  /** Those there are, by flow. */
  list(flows: readonly string[]): Promise<ReadonlyMap<string, FlowMapping>>;
  /** Answers before the change has happened; one that is being changed already is refused. */
  change(id: string, to: { readonly enabled: boolean; readonly maximumConcurrency?: number }): Promise<void>;
};
export type FlowMapping = {
  readonly id: string;
  /** `Enabled` and `Disabled` stay; in `Creating`, `Enabling`, `Disabling`, `Updating`, `Deleting` a change is under way. */
  readonly state: string;
  readonly maximumConcurrency: number | undefined;
};

/** Asks a flow's deliver function whether one of its targets is healthy. */
export type Probes = {
  /** @throws When the function cannot be invoked, fails or does not answer in time. */
  probe(flow: string, target: string): Promise<ProbeAnswer>;
  /**
   * Whether the flow's function runs at all: whether it answers the probe of this target, whatever the answer.
   *
   * @throws When the function cannot be invoked.
   */
  answers(flow: string, target: string): Promise<boolean>;
};
export type ProbeAnswer =
  | { readonly healthy: true }
  | { readonly healthy: false; readonly errorClass: ErrorClass; readonly code: string };

/** What Lambda has counted of the flows' deliver functions. */
export type Invocations = {
  /**
   * The minutes that began between these times, `to` excluded, in which a flow's function was invoked, oldest first. Times
   * are full minutes. A flow of which nothing failed may be left out.
   */
  count(flows: readonly string[], from: number, to: number): Promise<ReadonlyMap<string, readonly InvocationMinute[]>>;
};
export type InvocationMinute = {
  /** When it began, milliseconds since the epoch. */
  readonly at: number;
  /** Those that began in it and have ended. */
  readonly invocations: number;
  /** Those of them that failed as a whole. */
  readonly errors: number;
};

/** What the ledger's `attention` index knows: deliveries that are unfinished and that nobody works on. */
export type Attention = {
  /** How many of a flow's have a message that SQS drops between these times, milliseconds since the epoch. */
  countExpiring(flow: string, from: number, to: number): Promise<number>;
};

/** Bodies too large for a message. */
export type Bodies = {
  put(key: string, body: Buffer): Promise<void>;
  /** @returns undefined when there is no such object. */
  get(key: string): Promise<Buffer | undefined>;
};

/** What SQS refused and nobody will send us again, until `publishSpooled` has sent it on. */
export type Spool = {
  /** @throws When it was not stored before `deadline` (milliseconds since the epoch). */
  put(key: string, object: Buffer, deadline: number): Promise<void>;
  /**
   * A page of keys below SPOOL_PREFIX in the order of their names, those of old objects first.
   *
   * @param after The last key of the page before. @default the first page
   * @returns Up to 1,000; empty after the last page.
   */
  list(after?: string): Promise<readonly string[]>;
  /** @returns undefined when there is no such object. */
  get(key: string): Promise<Buffer | undefined>;
  /** No error when it is gone. */
  remove(key: string): Promise<void>;
};

/** The connections' secrets, cached. */
export type Secrets = {
  /** What is valid now: AWSCURRENT and, after a rotation, AWSPREVIOUS, newest first. Empty when no value was ever set. */
  connections(owner: SecretOwner, name: string): Promise<readonly unknown[]>;
  /**
   * Reads a secret again after it did not fit, because it may have been rotated: at most once a minute, so that forgers
   * cannot use us to hammer the service.
   *
   * @returns undefined when what `connections` gave was read within the last minute: a mismatch with that is final.
   * @throws When it is older, and cannot or may not be read again now: whether it was rotated is not known.
   */
  refresh(owner: SecretOwner, name: string): Promise<readonly unknown[] | undefined>;
  /**
   * What was valid before the last change and is no longer, as far as the last `refresh` saw it: to tell why something is
   * refused, never to let it in. It asks nobody.
   */
  former(owner: SecretOwner, name: string): readonly unknown[];
};

export type SecretOwner = 'source' | 'target';

/** The network, for calls to targets. */
export type Http = {
  /**
   * Sends one request and never follows a redirect.
   *
   * `not-sent`: DNS, connect or TLS failed before the first byte of the request. `unknown`: anything after that.
   */
  send(request: {
    method: string;
    url: string;
    headers: Readonly<Record<string, string>>;
    body: Buffer | undefined;
    timeoutMs: number;
    /** Never on a socket that stood idle: a call that cannot be repeated must not meet a closed one. */
    freshSocket: boolean;
  }): Promise<
    | { kind: 'answered'; response: HttpResponse }
    | { kind: 'not-sent'; reason: string }
    | { kind: 'unknown'; reason: string }
  >;
};

/** Metrics of single flows, for a function that serves them all. */
export type Gauges = { set(flow: string, metric: string, value: number): void };

/** One wide log line, and counts that become metrics. Never bodies, headers or secrets. */
export type Telemetry = {
  log(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>): void;
  count(metric: string, value?: number): void;
  milliseconds(metric: string, value: number): void;
};
