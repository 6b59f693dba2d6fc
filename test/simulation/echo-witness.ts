/**
 * What is promised of echoes (docs/delivery.md, rule 11), held against what the flows have truly written: calls that took
 * effect at a vendor, and calls of which the answer came.
 */
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import { logicalOf, numberOf } from './flows.ts';
import { DAY, type FlowPlan, MINUTE, type Plan, type RecordPlan, SECOND } from './plan.ts';
import type { Vendor } from './vendors.ts';
import type { Hold } from './witness.ts';

type Scene = { readonly plan: Plan; readonly vendors: readonly Vendor[]; readonly now: () => number };

const WINDOW_MS = 10 * MINUTE;
/** So much later than an event's acceptance a write may set out and still be taken for what it tells of. */
const SLACK_MS = 5 * SECOND;
/** The longest that a call takes from its start to its effect, mostly waiting for its turn at the gate. */
const CALL_MS = MINUTE;
/** How often an echo may be missed in a row: what a write left behind may not have been noted in the trouble before. */
const MAX_HOPS = 3;
/** Of the calm: at its end no flow has written for so long what another one told it. */
const REST_MS = DAY;

export class EchoWitness {
  readonly #scene: Scene;
  readonly #hold: Hold;
  /** By vendor, entity and field: when each value was written. */
  readonly #written = new Map<string, Map<string, number[]>>();
  /** Deliveries of which the event said, when they were last claimed untouched, just what had been written. */
  readonly #echoes = new Set<string>();
  /** When a system last told of a write, and of whose. */
  #told = { at: 0, id: '' };

  constructor(scene: Scene, hold: Hold) {
    this.#scene = scene;
    this.#hold = hold;
  }

  /** A call wrote this into a vendor's record, or its caller has just learnt so. */
  wrote(vendor: number, { entity, fields }: RecordPlan): void {
    for (const [field, value] of Object.entries(fields)) {
      const values = this.#valuesOf(vendor, entity, field);
      values.set(value, values.get(value) ?? []);
      values.get(value)!.push(this.#scene.now());
    }
  }

  /** A delivery was claimed: for the first time, or after a wait in which nothing was tried. */
  claimed(id: string, row: DeliveryRow, { echo }: FlowPlan): void {
    const { key, acceptedAt, attemptsTotal, crashes, ambiguousSince, again } = row;
    if (attemptsTotal > 0 || crashes > 0 || ambiguousSince !== undefined) return;
    const skewMs = 2 * this.#scene.plan.maxSkewMs;
    const isOf = (at: number) => at > acceptedAt - WINDOW_MS + CALL_MS + skewMs && at < acceptedAt + SLACK_MS - skewMs;
    const isEcho = !again && this.#saidBy(key, echo!).every(({ times }) => times.some(isOf));
    if (isEcho) this.#echoes.add(id);
    else this.#echoes.delete(id);
  }

  /** A delivery ended as an echo. */
  skipped(id: string, { key, acceptedAt, again }: DeliveryRow, { echo, operations }: FlowPlan): void {
    const { plan, vendors } = this.#scene;
    const skewMs = 2 * plan.maxSkewMs + SECOND;
    const isOf = (at: number) => at > acceptedAt - WINDOW_MS - skewMs && at < acceptedAt + SLACK_MS + CALL_MS + skewMs;
    const foreign = this.#saidBy(key, echo!).find(({ times }) => !times.some(isOf));
    const text = () => `nobody wrote ${foreign?.field} ${foreign?.value} within 10 minutes`;
    this.#hold('an echo is what we wrote', foreign === undefined, id, text);
    this.#hold('what is published anew is no echo', !again, id, () => 'an operator published it, and it was an echo');
    const own = operations.findIndex(({ vendor }, index) => vendors[vendor]!.effects.has(logicalOf(id, index)));
    this.#hold('no delivery is its own echo', own < 0, id, () => `an echo, and its operation ${own} took effect`);
  }

  /**
   * What a delivery has written is told to the door.
   *
   * @returns How often this change has gone to and fro although it was an echo each time: in the calm it comes to rest.
   */
  returns(id: string): number {
    this.#told = { at: this.#scene.now(), id };
    const { hops = 0 } = this.#scene.plan.events[numberOf(id.split('/')[2]!)]!;
    const missed = this.#echoes.has(id) ? hops + 1 : 0;
    this.#hold('an echo is noticed', missed <= MAX_HOPS, id, () => `its change was written ${missed} times to and fro`);
    return missed;
  }

  /** The calm is over. */
  end(): void {
    const { plan, now } = this.#scene;
    if (plan.echoes.length === 0) return;
    const { at, id } = this.#told;
    this.#hold(
      'loops come to rest',
      at < now() - REST_MS,
      id,
      () => 'its change was told on the last of five calm days',
    );
  }

  /** What an event says of its entity, and what has been written there. */
  #saidBy(key: string, vendor: number) {
    const { entityId, fields = {} } = this.#scene.plan.events[numberOf(key)]!;
    return Object.entries(fields).map(([field, value]) => {
      return { field, value, times: this.#valuesOf(vendor, entityId ?? '', field).get(value) ?? [] };
    });
  }

  #valuesOf(vendor: number, entity: string, field: string): Map<string, number[]> {
    const name = `${vendor} ${entity} ${field}`;
    const values = this.#written.get(name) ?? new Map<string, number[]>();
    this.#written.set(name, values);
    return values;
  }
}
