/**
 * An entity, as the deliveries of one flow see it: which event of it is the newest that is wanted, which was applied, and
 * who is at work. It is remembered for good, since an old event may come at any time (docs/delivery.md, rule 11).
 *
 *   wanted   the newest version that a delivery has asked to apply; older ones wait for what becomes of it
 *   applied  the newest version whose delivery is final; older ones are superseded
 *   lease    one delivery at a time is at work
 *   hour     how many deliveries began since `hourFrom`: the fuse
 *   parkedAt the fuse is blown, until an operator resumes the entity
 */
import { plainOrHashed } from './delivery-id.ts';
import { STATE } from './names.ts';
import { isNewer } from './version.ts';

export type EntityAddress = { readonly flow: string; readonly source: string; readonly entityId: string };

/** The partition key in the state table; a long or unusual id is hashed. */
export const entityKey = ({ flow, source, entityId }: EntityAddress) =>
  `${STATE.entitiesOf(flow)}${source}#${plainOrHashed(entityId)}`;

/** Deliveries are named by their key. Times are milliseconds since the epoch. */
export type Entity = {
  readonly wantedVersion?: string;
  readonly wantedBy?: string;
  /** When SQS drops the message of `wantedBy`: from then on nobody will come to apply it. */
  readonly wantedUntil?: number;
  /** The last that left its turn to come back, and when it does. */
  readonly waitingBy?: string;
  readonly waitingUntil?: number;
  readonly appliedVersion?: string;
  readonly appliedBy?: string;
  readonly leaseToken?: string;
  readonly leaseBy?: string;
  readonly leaseUntil?: number;
  readonly hourFrom?: number;
  readonly hourCount?: number;
  readonly parkedAt?: number;
};

/** A delivery that asks for its turn at an entity. */
export type Entry = {
  readonly delivery: string;
  readonly version: string;
  readonly wantedUntil: number;
  readonly token: string;
  readonly now: number;
  readonly leaseUntil: number;
  /** 1 when it asks for the first time, and so counts for the fuse; else 0. */
  readonly counts: 0 | 1;
};

/** Why a delivery waits for its turn. */
export type Hold = 'entity-busy' | 'entity-behind' | 'entity-parked';

export type Admission =
  /** It is its turn. `count`: deliveries that began within this hour, which may be a new one. */
  | { do: 'enter'; count: number; newHour: 0 | 1 | undefined }
  /** `by`: the delivery that applied a newer version. */
  | { do: 'supersede'; by: string }
  /** `until`: the end of the lease that is in its way, or when the newer one that is wanted is tried again, if that is known. */
  | { do: 'wait'; why: Hold; until?: number };

/** How a delivery leaves its turn. */
export type Leaving = {
  readonly entity: EntityAddress;
  readonly delivery: string;
  readonly version: string;
  /** Of its lease; undefined when it ends without a turn of its own, and at most gives up what it wanted. */
  readonly token: string | undefined;
  /**
   * `apply`: its version is the newest applied. `wait`: it comes back, and older ones wait for it. `park`: so does it, and
   * nobody enters any more. `give-up`: it will not apply its version; if that is the wanted one, none is.
   */
  readonly as: 'apply' | 'wait' | 'park' | 'give-up';
  readonly now: number;
  /** Set when its turn began a new hour of the fuse: the count to begin it with. */
  readonly newHour: 0 | 1 | undefined;
};

const HOUR_MS = 3_600_000;

/** Whether a delivery may begin. What only a delivery itself has done is never in its own way. */
export function admit(entity: Entity, entry: Entry): Admission {
  const { delivery, version, now, counts } = entry;
  // An SDK's retry of an entry that had worked; a newer version may be wanted since.
  if (entity.leaseToken === entry.token) return entered(entity, entry);
  const { appliedVersion, appliedBy = '', leaseBy, leaseUntil = 0 } = entity;
  if (appliedVersion !== undefined && appliedBy !== delivery && isNewer(appliedVersion, version)) {
    return { do: 'supersede', by: appliedBy };
  }
  if (entity.parkedAt !== undefined) return { do: 'wait', why: 'entity-parked' };
  if (leaseUntil > now && leaseBy !== delivery) return { do: 'wait', why: 'entity-busy', until: leaseUntil };
  const { wantedVersion, wantedBy, wantedUntil = 0, waitingBy, waitingUntil } = entity;
  const isBehind = wantedVersion !== undefined && wantedBy !== delivery && isNewer(wantedVersion, version);
  if (isBehind && wantedUntil > now) {
    const until = waitingBy === wantedBy ? waitingUntil : undefined;
    return { do: 'wait', why: 'entity-behind', ...(until !== undefined && { until }) };
  }
  return entered({ ...entity, hourFrom: entity.hourFrom ?? now, hourCount: (entity.hourCount ?? 0) + counts }, entry);
}

/** @param entity With this delivery counted. What was counted over an hour ago no longer matters. */
export function entered({ hourFrom = 0, hourCount = 0 }: Entity, { now, counts }: Entry): Admission {
  const isOver = hourFrom <= now - HOUR_MS;
  return { do: 'enter', count: isOver ? counts : hourCount, newHour: isOver ? counts : undefined };
}

/** Whether a version is to be wanted in place of the one that is. */
export function outranks({ version, now }: Entry, { wantedVersion, wantedUntil = 0 }: Entity): boolean {
  return wantedVersion === undefined || wantedUntil <= now || isNewer(version, wantedVersion);
}
