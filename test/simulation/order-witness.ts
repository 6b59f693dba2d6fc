/**
 * What is promised of the order of one entity's events in a flow whose latest event wins (docs/delivery.md, rule 11), held
 * against the calls that set out and the rows that are written. Which event is newer is the plan's to say, not core's.
 *
 * A call that has set out may land late: no queue can call it back. So it is calls that must not set out in the wrong order.
 */
import { type Entity, type EntityAddress, entityKey } from '../../functions/core/entity.ts';
import { UNREADABLE } from '../../functions/core/envelope.ts';
import { type DeliveryRow, isFinal } from '../../functions/core/ledger.ts';
import { numberOf, SOURCE } from './flows.ts';
import { type FlowPlan, MINUTE, type Plan } from './plan.ts';
import type { Hold } from './witness.ts';

/** A delivery of an entity, as far as it got. */
type Life = {
  readonly rank: number;
  row: DeliveryRow | undefined;
  /** By the true clock: of its last claim, and of when it was last at work. */
  claimedAt: number;
  leftAt: number;
  /** A call has set out since its last claim; since it last gave up. */
  called: boolean;
  mayHaveWritten: boolean;
  applied: boolean;
  gaveUp: boolean;
};

type Scene = {
  readonly plan: Plan;
  readonly entities: ReadonlyMap<string, Entity>;
  readonly now: () => number;
};

/** No lease is longer. */
const LONGEST_LEASE_MS = 2 * MINUTE;

export class OrderWitness {
  readonly #scene: Scene;
  readonly #hold: Hold;
  readonly #ordered: ReadonlySet<string>;
  /** By flow and entity, then by key. */
  readonly #lives = new Map<string, Map<string, Life>>();
  /** Entities of which a worker does not know whether it got a lease. */
  readonly #unsureSince = new Map<string, number>();

  constructor(scene: Scene, hold: Hold) {
    this.#scene = scene;
    this.#hold = hold;
    const isOrdered = ({ order }: FlowPlan) => order === 'latest-wins';
    this.#ordered = new Set(scene.plan.flows.filter(isOrdered).map(({ name }) => name));
  }

  unsure({ flow, entityId }: EntityAddress): void {
    this.#unsureSince.set(`${flow} ${entityId}`, this.#scene.now());
  }

  /** A row was written. */
  wrote(id: string, before: DeliveryRow | undefined, row: DeliveryRow): void {
    const found = this.#find(row.flow, row.key);
    if (!found) return;
    const { life, others } = found;
    const now = this.#scene.now();
    const isClaim =
      row.state === 'delivering' && (before?.state !== 'delivering' || before.claimedAt !== row.claimedAt);
    if (isClaim) Object.assign(life, { claimedAt: now, called: false });
    if (before?.state === 'delivering') life.leftAt = now;
    life.row = row;
    if (row.state === 'superseded') {
      const newer = others.some(({ applied, rank }) => applied && rank >= life.rank);
      this.#hold('superseded by what was applied', newer, id, () => 'no newer event of the entity was applied');
    } else if (isFinal(row.state) && row.reason !== 'when') {
      life.applied = true;
    } else if (row.state === 'stopped' || row.state === 'unknown' || row.reason === 'when') {
      Object.assign(life, { gaveUp: true, mayHaveWritten: false });
    }
    if (row.state === 'waiting' && row.reason === 'entity-busy') this.#waits(id, row, life, others);
  }

  /** Nobody waits for a lease that its holder should have released. */
  #waits(id: string, { flow, entityId }: DeliveryRow, life: Life, others: readonly Life[]): void {
    const slackMs = 2 * this.#scene.plan.maxSkewMs;
    const unsureSince = this.#unsureSince.get(`${flow} ${entityId}`);
    if (unsureSince !== undefined && this.#scene.now() - unsureSince < LONGEST_LEASE_MS) return;
    const isHeld = others.some(({ row, leftAt }) => row?.state === 'delivering' || leftAt + slackMs >= life.claimedAt);
    this.#hold('a lease ends with its turn', isHeld, id, () => 'it waits for a lease, and nobody is at work');
  }

  /** A call sets out. */
  called(id: string, flow: string, key: string): void {
    const found = this.#find(flow, key);
    if (!found) return;
    const { life, others } = found;
    const { now, plan } = this.#scene;
    const newer = others.filter(({ rank }) => rank > life.rank);
    const back = newer.some(({ applied }) => applied);
    this.#hold('an entity never goes back', !back, id, () => 'it sent a call, and a newer event was applied already');
    const atWork = others.some(({ row, called }) => {
      return called && row?.state === 'delivering' && now() < (row.leaseUntil ?? 0) - 2 * plan.maxSkewMs;
    });
    this.#hold('one turn at a time', !atWork, id, () => 'it sent a call while another one of its entity was at work');
    const owed = newer.some((other) => isUnderWay(other, now()) && !isForgotten(other, others));
    this.#hold('older ones wait', !owed, id, () => 'it sent a call, and a newer event may have written and will again');
    const { entityId } = plan.events[numberOf(key)]!;
    const entity = this.#scene.entities.get(entityKey({ flow, source: SOURCE, entityId: entityId! }));
    this.#hold('a parked entity makes no calls', entity?.parkedAt === undefined, id, () => 'its entity is parked');
    Object.assign(life, { called: true, mayHaveWritten: true });
  }

  #find(flow: string, key: string): { life: Life; others: readonly Life[] } | undefined {
    if (!this.#ordered.has(flow) || key.startsWith(UNREADABLE)) return undefined;
    const { entityId, rank } = this.#scene.plan.events[numberOf(key)]!;
    if (entityId === null || rank === undefined) return undefined;
    const name = `${flow} ${entityId}`;
    const lives = this.#lives.get(name) ?? new Map<string, Life>();
    this.#lives.set(name, lives);
    const life = lives.get(key) ?? newLife(rank);
    lives.set(key, life);
    return { life, others: [...lives.values()].filter((other) => other !== life) };
  }
}

const newLife = (rank: number): Life => ({
  ...{
    rank,
    row: undefined,
    claimedAt: 0,
    leftAt: 0,
    called: false,
    mayHaveWritten: false,
    applied: false,
    gaveUp: false,
  },
});

/** It has sent a call, waits for its next try, and its message is still there. */
const isUnderWay = ({ row, mayHaveWritten }: Life, now: number) =>
  mayHaveWritten && (row?.state === 'waiting' || row?.state === 'delivering') && row.messageExpiresAt > now;

/** One version is wanted at a time: once one that was newer still has given up, those below it are not remembered. */
const isForgotten = ({ rank }: Life, others: readonly Life[]) => others.some((one) => one.gaveUp && one.rank >= rank);
