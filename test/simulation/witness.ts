/**
 * The invariants of docs/delivery.md, held against everything that happens.
 *
 * What core says is never taken for it: effects are counted at the vendors, copies at the queues, calls where they are sent.
 * The first violation stops the world.
 */
import { ledgerKey } from '../../functions/core/delivery-id.ts';
import { ECHO } from '../../functions/core/echo.ts';
import type { Entity } from '../../functions/core/entity.ts';
import { type Envelope, UNREADABLE } from '../../functions/core/envelope.ts';
import { type DeliveryRow, isFinal } from '../../functions/core/ledger.ts';
import { EchoWitness } from './echo-witness.ts';
import { EffectWitness } from './effect-witness.ts';
import { isUnwanted, SOURCE } from './flows.ts';
import { OrderWitness } from './order-witness.ts';
import { ParkWitness } from './park-witness.ts';
import { type FlowPlan, HOUR, type Plan, START, type Version } from './plan.ts';
import { inSpool } from './spool.ts';
import { isLive, type Queue, type Stored } from './sqs.ts';
import type { Vendor } from './vendors.ts';

export type Violation = { readonly invariant: string; readonly deliveryId: string; readonly text: string };

/** Checks an invariant at a delivery; `text` says how it is violated. */
export type Hold = (invariant: string, holds: boolean, deliveryId: string, text: () => string) => void;

/** A worker as the witness knows it. */
export type Suspect = {
  readonly name: string;
  readonly alive: boolean;
  /** When its platform ends it, by the true clock. */
  readonly endsAt: number;
  /** Deliveries it holds a claim on, as far as it knows, and the message each was claimed with. */
  readonly holds: Map<string, string>;
  /** Messages of which it has learnt that another worker has their delivery now. */
  readonly lost: ReadonlySet<string>;
  /** Deliveries it has sent a call for since it claimed them. */
  readonly called: Set<string>;
};

export const idOf = (flow: string, key: string) => `${flow}/${SOURCE}/${key}`;

const MAX_ATTEMPTS = 12;
/** A delivery that waits uncounted must outlast at least a night, however few of its receives were burnt otherwise. */
const LEAST_PATIENCE_MS = 12 * HOUR;
const FEW_BURNT = 30;
/** Evidence of half an hour, and a guard that looks rarely while something else has been parked for long. */
const FOUND_OUT_MS = HOUR;

type Scene = {
  plan: Plan;
  entities: ReadonlyMap<string, Entity>;
  queues: ReadonlyMap<string, Queue>;
  vendors: readonly Vendor[];
  rows: ReadonlyMap<string, DeliveryRow>;
  spooled: ReadonlyMap<string, Buffer>;
  now: () => number;
  stop: () => void;
};

export class Witness {
  readonly checks: Record<string, number> = {};
  readonly order: OrderWitness;
  readonly echoes: EchoWitness;
  readonly parks: ParkWitness;
  readonly effects: EffectWitness;
  violation: Violation | undefined;
  readonly #scene: Scene;
  readonly #flows: ReadonlyMap<string, FlowPlan>;
  readonly #writers = new Map<string, Suspect>();
  /** Deliveries that ended, some of whose rows have been forgotten since. */
  readonly #ended = new Map<string, string>();
  /** Deliveries that must come to something: accepted, or read again from a request that was. */
  readonly #expected = new Map<string, { flow: string; key: string }>();
  /** The events of requests that were accepted unread, by the key of such a request. */
  readonly #unread = new Map<string, readonly string[]>();

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#flows = new Map(scene.plan.flows.map((flow) => [flow.name, flow]));
    this.order = new OrderWitness(scene, this.#hold.bind(this));
    this.echoes = new EchoWitness(scene, this.#hold.bind(this));
    this.effects = new EffectWitness(scene, this.#hold.bind(this));
    this.parks = new ParkWitness(scene);
  }

  get deliveries(): number {
    return this.#expected.size;
  }

  /** Counts a check, and ends the world when it does not hold. */
  #hold(invariant: string, holds: boolean, deliveryId: string, text: () => string): void {
    this.checks[invariant] = (this.checks[invariant] ?? 0) + 1;
    if (holds || this.violation) return;
    this.violation = { invariant, deliveryId, text: text() };
    this.#scene.stop();
  }

  /** A 2xx went out. */
  accepted(request: { events: readonly string[] }, unreadKey: string | undefined): void {
    for (const flow of this.#flows.values()) {
      const wanted = request.events.filter((id) => isFor(flow, id));
      const keys = unreadKey === undefined ? wanted : [unreadKey];
      if (unreadKey !== undefined) this.#unread.set(unreadKey, request.events);
      for (const key of keys) {
        this.#expect(flow.name, key);
        const queue = this.#scene.queues.get(flow.name)!;
        const sent = queue.ofKey.has(key) || this.#isSpooled(flow.name, key);
        this.#hold('accepted means queued', sent, idOf(flow.name, key), () => 'answered 2xx, and no message was sent');
      }
    }
  }

  #isSpooled(flow: string, key: string): boolean {
    const { spooled } = this.#scene;
    return spooled.size > 0 && inSpool(spooled).some((message) => message.flow === flow && message.key === key);
  }

  /** These are no longer in the spool. */
  unspooled(messages: readonly Envelope[]): void {
    for (const { flow, key, acceptId } of messages) {
      const copies = this.#scene.queues.get(flow)!.ofKey.get(key) ?? [];
      const isSent = copies.some(({ envelope }) => envelope.acceptId === acceptId);
      this.#hold('spooled until queued', isSent, idOf(flow, key), () => 'left the spool, and was not sent');
    }
  }

  /** A run of the guard reported no failure; `left` was there when it began, and it had no time if `isLate`. */
  saysNothingIsSpooled(left: readonly string[], isLate: boolean): void {
    const text = () => `a run of the guard reported nothing, and left ${left}`;
    this.#hold('what stays spooled is reported', left.length === 0 || isLate, 'spool', text);
  }

  #expect(flow: string, key: string): void {
    this.#expected.set(idOf(flow, key), { flow, key });
  }

  /** A row was written. */
  wrote(worker: Suspect, before: DeliveryRow | undefined, row: DeliveryRow): void {
    const id = idOf(row.flow, row.key);
    const owner = this.#writers.get(id);
    const now = this.#scene.now();
    if (before) this.#followed(id, before, row, worker);
    if (before?.state === 'delivering' && owner !== worker) {
      const over = !owner?.alive || now >= owner.endsAt;
      this.#hold('one worker at a time', over, id, () => `${worker.name} wrote while ${owner?.name} was at work`);
    }
    const honest = (row.expiresAtEpochSeconds !== undefined) === isFinal(row.state);
    this.#hold('only final rows are forgotten', honest, id, () => `a row that is ${row.state} has or lacks its TTL`);
    this.#hold('attempts', row.attempts <= MAX_ATTEMPTS, id, () => `${row.attempts} attempts in one cycle`);
    this.#writers.set(id, worker);
    this.order.wrote(id, before, row);
    const flow = this.#flows.get(row.flow)!;
    if (row.state === 'delivering') {
      if (flow.echo !== undefined && !row.key.startsWith(UNREADABLE)) this.echoes.claimed(id, row, flow);
      if (before?.state !== 'delivering' || owner !== worker) worker.called.delete(id);
      worker.holds.set(id, row.messageId);
    } else worker.holds.delete(id);
    if (row.state === 'delivered') this.effects.reported(row, id);
    if (isFinal(row.state) || row.state === 'stopped') this.effects.hidesNothing(row, id);
    if (row.state === 'superseded' && this.#unread.has(row.key)) this.#readAgain(row, id);
    const stops = row.state === 'stopped' && row.stoppedAt !== before?.stoppedAt;
    if (stops && row.reason === 'receives') this.#patient(row, id);
    if (row.reason === ECHO) this.echoes.skipped(id, row, flow);
    if (isFinal(row.state)) this.#ended.set(id, row.state);
  }

  /** Whether a row may become what it became. */
  #followed(id: string, before: DeliveryRow, row: DeliveryRow, worker: Suspect): void {
    const raised = row.generation > before.generation;
    const stays = !isFinal(before.state) || raised;
    this.#hold('final rows stay', stays, id, () => `${before.state} became ${row.state}`);
    const word = row.resolution !== undefined && row.resolution.at !== before.resolution?.at;
    const waits = before.state !== 'unknown' || row.state === 'unknown' || word || before.openBy === 'lookup';
    this.#hold('unknown waits for a human or a look-up', waits && !(raised && before.state === 'unknown'), id, () => {
      return `unknown became ${row.state}`;
    });
    const renewed = row.cycle > before.cycle;
    if (renewed) this.#renewed(id, before, row);
    const counted = row.attempts - (renewed ? 0 : before.attempts);
    const total = row.attemptsTotal - before.attemptsTotal;
    const added = counted === total && (counted === 0 || counted === 1);
    this.#hold('attempts add up', added, id, () => `${counted} more in the cycle, ${total} more in all`);
    if (counted !== 1) return;
    // A bug that found a call open ends as the unknown that it must not hide; a look-up may find what a call has done.
    const found = row.state === 'delivered' || row.code === 'result-not-stored';
    const tried = worker.called.has(id) || row.errorClass === 'bug' || row.code === 'open-call' || found;
    const owed = tried && row.errorClass !== 'rate-limit' && row.errorClass !== 'auth';
    this.#hold(
      'only tries count',
      owed,
      id,
      () => `an attempt was counted without one (${row.errorClass} ${row.code})`,
    );
  }

  #renewed(id: string, before: DeliveryRow, row: DeliveryRow): void {
    const message = this.#messages(row).find(({ messageId }) => messageId === row.messageId);
    if (row.generation > before.generation) {
      const isNewer = message?.envelope.generation === row.generation;
      this.#hold('a new cycle is asked for', isNewer, id, () => 'nobody published that generation');
      return;
    }
    const stopped = before.state === 'stopped' || before.openBy === 'lookup';
    this.#hold('a new cycle follows a stop', stopped, id, () => `${before.state} began a new cycle`);
    // A copy that an SDK retry makes after the stop looks like a redrive, and is taken for one: better twice than never.
    const { maxSkewMs } = this.#scene.plan;
    const isLater = message !== undefined && message.sentAt > (before.stoppedAt ?? 0) - 2 * maxSkewMs;
    const asked =
      row.cycleCause === 'redrive'
        ? isLater && message.messageId !== before.messageId && row.acceptId === before.acceptId
        : row.acceptId !== before.acceptId &&
          (message?.envelope.acceptedAt ?? 0) > (before.stoppedAt ?? 0) - 2 * maxSkewMs;
    this.#hold('a new cycle is asked for', asked, id, () => `nobody asked for the ${row.cycleCause}`);
  }

  #readAgain(row: DeliveryRow, id: string): void {
    const flow = this.#flows.get(row.flow)!;
    for (const key of (this.#unread.get(row.key) ?? []).filter((event) => isFor(flow, event))) {
      this.#expect(row.flow, key);
      const sent = this.#scene.queues.get(row.flow)!.ofKey.has(key);
      this.#hold('superseded means queued', sent, id, () => `event ${key} of it was not published`);
    }
  }

  #patient(row: DeliveryRow, id: string): void {
    const message = this.#messages(row).find(({ messageId }) => messageId === row.messageId);
    if (!message || message.shortened || message.burnt > FEW_BURNT) return;
    const lastedMs = this.#scene.now() - (message.firstReceivedAt ?? 0);
    const text = () => `its receives ran out after ${(lastedMs / HOUR).toFixed(1)} h, ${message.burnt} of them burnt`;
    this.#hold('receives last', lastedMs >= LEAST_PATIENCE_MS, id, text);
  }

  /** A call sets out. */
  called(worker: Suspect, id: string): void {
    const [flow, source, key] = id.split('/') as [string, string, string];
    this.order.called(id, flow, key);
    const row = this.#scene.rows.get(ledgerKey({ flow, source, key }));
    const { maxSkewMs } = this.#scene.plan;
    const owns = row?.state === 'delivering' && this.#writers.get(id) === worker;
    const inTime = owns && this.#scene.now() <= (row.leaseUntil ?? 0) + 2 * maxSkewMs;
    const park = this.parks.isParked(this.#flows.get(flow)!);
    this.#hold('a parked flow makes no calls', !park, id, () => {
      return `${worker.name} sent a call; ${park?.subject.name} is parked: ${park?.reason}`;
    });
    this.#hold('only the owner calls', inTime, id, () => {
      return `${worker.name} sent a call; the row is ${row?.state} by ${this.#writers.get(id)?.name}`;
    });
  }

  /** A worker changes a message's visibility. */
  hides(worker: Suspect, { envelope, messageId }: Stored, totalSeconds: number): void {
    const id = idOf(envelope.flow, envelope.key);
    this.#hold(
      'a lost lease touches nothing',
      !worker.lost.has(messageId),
      id,
      () => `${worker.name} hid the message of another worker`,
    );
    const fits = totalSeconds <= 43_200;
    this.#hold('visibility fits 12 h', fits, id, () => `hidden until ${totalSeconds} s after its receive`);
  }

  /** A message was deleted because its worker said so. */
  deleted(message: Stored, version: Version): void {
    const { flow, key } = message.envelope;
    const id = idOf(flow, key);
    const row = this.#rowOf(flow, key);
    if (!row && isUnwanted(version, key)) this.#ended.set(id, this.#ended.get(id) ?? 'filtered');
    const over = row ? isFinal(row.state) : this.#ended.has(id);
    const owner = row && this.#messages(row).some((other) => isLive(other) && other.envelope.acceptId === row.acceptId);
    const expired = row && this.#isExpired(row);
    const text = () =>
      `${message.messageId} was deleted; the row is ${row?.state ?? 'not there'} without a live message`;
    this.#hold('unfinished rows keep their message', over || owner === true || expired === true, id, text);
  }

  /** The retention of the owner's copies has run out: the row says that it is unfinished. */
  #isExpired(row: DeliveryRow): boolean {
    const copies = this.#messages(row).filter(({ envelope }) => envelope.acceptId === row.acceptId);
    return copies.some(({ place }) => place === 'expired') && copies.every((copy) => !isLive(copy));
  }

  /** For so long a flow's function could not be loaded, time and again, and nobody has parked the flow. */
  notLoaded(flow: string, forMs: number): void {
    const text = () => `its function could not be loaded for ${(forMs / HOUR).toFixed(1)} h, and it is not parked`;
    this.#hold('what is broken is found out', forMs <= FOUND_OUT_MS, flow, text);
  }

  unhandled(id: string, error: string): void {
    this.#hold('core throws nothing unexpected', false, id, () => error);
  }

  /** The calm is over: whatever was accepted must have come to an end. */
  end(): void {
    const { spooled } = this.#scene;
    const text = () => `still spooled after five calm days: ${[...spooled.keys()]}`;
    this.#hold('nothing is spooled for ever', spooled.size === 0, 'spool', text);
    this.echoes.end();
    for (const [id, { flow, key }] of this.#expected) this.#ending(id, flow, key);
    for (const queue of this.#scene.queues.values()) {
      for (const { messageId, envelope } of queue.waiting) {
        const id = idOf(envelope.flow, envelope.key);
        this.#hold(
          'nothing retries for ever',
          false,
          id,
          () => `${messageId} is still in the queue after five calm days`,
        );
      }
    }
  }

  #ending(id: string, flow: string, key: string): void {
    const row = this.#rowOf(flow, key);
    const copies = this.#scene.queues.get(flow)!.ofKey.get(key) ?? [];
    const live = copies.some(isLive);
    const over = copies.some(({ place }) => place === 'expired');
    const ended = this.#ended.get(id);
    const text = () => `it is ${row?.state ?? ended ?? 'nowhere'}, with ${copies.filter(isLive).length} live messages`;
    const accounted = ended !== undefined || live || over;
    this.#hold('accepted events come to something', accounted, id, text);
    if (!row || isFinal(row.state) || !live) return;
    const dead = row.state === 'stopped' || row.state === 'unknown';
    this.#hold('a healthy target gets it', dead, id, text);
    if (row.state === 'stopped') this.#stoppedForGood(row, id);
  }

  /** After a redrive in the calm only what no retry can mend is still stopped. */
  #stoppedForGood(row: DeliveryRow, id: string): void {
    const { code = '', ambiguousSince } = row;
    const poison = code === 'payload' && row.key.includes('p');
    // A vendor that repeats what it once said about this key.
    const repeated = /^http-/.test(code) && ambiguousSince !== undefined;
    const mended = poison || repeated || code === 'beyond-memory';
    this.#hold('a redrive mends what can be mended', mended, id, () => `still stopped: ${row.errorClass} ${code}`);
  }

  #rowOf = (flow: string, key: string) => this.#scene.rows.get(ledgerKey({ flow, source: SOURCE, key }));

  #messages({ flow, key }: { flow: string; key: string }): readonly Stored[] {
    return this.#scene.queues.get(flow)!.ofKey.get(key) ?? [];
  }
}

const isFor = ({ types }: FlowPlan, id: string) => types === 'any' || types.includes(id[0] as 'a' | 'b');

/** For traces: the virtual time since the start. */
export function clockTime(now: number): string {
  const ms = now - START;
  const pad = (value: number, width = 2) => String(Math.floor(value)).padStart(width, '0');
  return `d${pad(ms / 86_400_000)} ${pad((ms / HOUR) % 24)}:${pad((ms / 60_000) % 60)}:${pad((ms / 1_000) % 60)}.${pad(ms % 1_000, 3)}`;
}
