/**
 * Vendors that are written to: state machines that count what took effect.
 *
 * An effect belongs to a logical operation, `<flow>/<source>/<key> <index>`, whatever its step is called and whoever asks.
 */
import type { HttpResponse } from '../../functions/core/target.ts';
import {
  HOUR,
  MINUTE,
  type OperationPlan,
  type RecordPlan,
  SECOND,
  START,
  troubleAt,
  type VendorPlan,
  type VendorTrouble,
} from './plan.ts';
import type { Chance } from './random.ts';

export type Asked = {
  readonly operation: OperationPlan['by'] | 'found';
  readonly logical: string;
  readonly idempotencyKey: string;
  readonly token: string;
  /** What is written, where that matters. */
  readonly record?: RecordPlan | undefined;
};

/** What becomes of a request: an answer (or none), and perhaps an effect that comes later. */
export type Answer = { response: HttpResponse | undefined; took?: 'effect' | 'late effect' | 'replay' };

export type Fate = VendorTrouble | 'fine' | 'late' | 'garbage' | 'conflict' | 'not found' | 'auth flicker';

const FATES: readonly Fate[] = [
  ...(['down', 'down after the effect', 'answers lost', 'unreachable', 'rate-limiting', 'refusing'] as const),
  ...(['late', 'garbage', 'conflict', 'not found', 'auth flicker'] as const),
];

type Remembered = { at: number; response: HttpResponse | undefined };

export class Vendor {
  readonly effects = new Map<string, number>();
  readonly #lastEffectAt = new Map<string, number>();
  /** Logical operations whose key this vendor forgot before its time: its own promise is broken. */
  readonly forgot = new Set<string>();
  readonly #plan: VendorPlan;
  readonly #chance: Chance;
  readonly #keys = new Map<string, Remembered>();

  readonly #tookEffect: (vendor: Vendor, asked: Asked) => void;

  constructor(plan: VendorPlan, chance: Chance, tookEffect: (vendor: Vendor, asked: Asked) => void) {
    this.#tookEffect = tookEffect;
    this.#plan = plan;
    this.#chance = chance;
  }

  /** What will happen to a request that sets out now. */
  fate(now: number, rate: number): Fate {
    const trouble = troubleAt(this.#plan.trouble, now);
    if (trouble && !this.#chance.is(0.05)) return trouble;
    return this.#chance.is(rate) ? this.#chance.pick(FATES) : 'fine';
  }

  tokenAt = (now: number) => (now >= this.#plan.rotatedAt ? 'token' : 'old token');

  /** The vendor forgets a key early. */
  forget({ idempotencyKey, logical }: Asked): boolean {
    if (!this.#keys.delete(idempotencyKey)) return false;
    this.forgot.add(logical);
    return true;
  }

  /** A request arrives. `commitLater` is called with what a late one does in the end. */
  receive(
    asked: Asked,
    fate: Fate,
    now: number,
    commitLater: (afterMs: number, commit: (at: number) => void) => void,
  ): Answer {
    if (fate === 'down') return this.#fail(asked, now);
    if (asked.token !== this.tokenAt(now) || fate === 'unauthorized' || fate === 'auth flicker') return says(401);
    if (fate === 'forbidden') return says(403);
    if (fate === 'redirecting') return says(301);
    if (fate === 'rate-limiting') return says(429, this.#retryAfter());
    if (asked.operation === 'found') return this.#find(asked, fate, now);
    if (fate === 'refusing' && this.#plan.checksKeysLast) return says(422);
    const remembered = this.#remembered(asked, now);
    if (remembered) {
      if (!remembered.response) return says(409);
      return fate === 'answers lost' ? { response: undefined } : { response: remembered.response, took: 'replay' };
    }
    if (fate === 'refusing') return this.#refuse(asked, now, 422);
    if (fate === 'not found') return this.#refuse(asked, now, 404);
    if (fate === 'conflict') return says(409);
    if (fate === 'answers lost' && this.#chance.is(0.3)) return { response: undefined };
    if (fate === 'late') {
      if (asked.operation === 'key') this.#keys.set(asked.idempotencyKey, { at: now, response: undefined });
      commitLater(this.#lateMs(asked), (at) => this.#commit(asked, now, at));
      return { response: undefined, took: 'late effect' };
    }
    const done = this.#commit(asked, now, now);
    if (fate === 'answers lost') return { response: undefined, took: 'effect' };
    if (fate === 'down after the effect') return { ...says(this.#chance.pick([500, 502, 503])), took: 'effect' };
    if (fate === 'garbage') return { response: { ...done, body: Buffer.from('<html>') }, took: 'effect' };
    return { response: done, took: 'effect' };
  }

  #remembered({ operation, idempotencyKey }: Asked, now: number): Remembered | undefined {
    const known = operation === 'key' ? this.#keys.get(idempotencyKey) : undefined;
    return known && now - known.at < this.#plan.keyLifetimeHours * HOUR ? known : undefined;
  }

  /** A look-up's settling time is what the vendor promises: processing and index together. */
  #lateMs({ operation }: Asked): number {
    const { settleMs, indexLagMs } = this.#plan;
    const longestMs = operation === 'lookup' ? settleMs - indexLagMs - MINUTE : 20 * MINUTE;
    return this.#chance.magnitude(SECOND, longestMs);
  }

  /** A read: what took effect is there once it is in the index. */
  #find({ logical }: Asked, fate: Fate, now: number): Answer {
    if (fate === 'answers lost') return { response: undefined };
    if (fate === 'garbage') return { response: { ...says(200).response!, body: Buffer.from('<html>') } };
    const at = this.#lastEffectAt.get(logical);
    const isThere = at !== undefined && now >= at + this.#plan.indexLagMs;
    return { response: { ...says(200).response!, body: isThere ? FOUND : NOT_FOUND } };
  }

  #commit(asked: Asked, since: number, now: number): HttpResponse {
    this.#lastEffectAt.set(asked.logical, now);
    this.effects.set(asked.logical, (this.effects.get(asked.logical) ?? 0) + 1);
    this.#tookEffect(this, asked);
    const { response } = says(200);
    if (asked.operation === 'key') this.#keys.set(asked.idempotencyKey, { at: since, response });
    return response!;
  }

  #refuse(asked: Asked, now: number, status: number): Answer {
    const answer = says(status);
    if (asked.operation === 'key' && this.#plan.storesRefusals) {
      this.#keys.set(asked.idempotencyKey, { at: now, response: answer.response });
    }
    return answer;
  }

  #fail(asked: Asked, now: number): Answer {
    const answer = says(this.#chance.pick([500, 502, 503, 504]));
    if (asked.operation === 'key' && this.#plan.storesErrors && !this.#remembered(asked, now)) {
      this.#keys.set(asked.idempotencyKey, { at: now, response: answer.response });
    }
    return answer;
  }

  #retryAfter(): Record<string, string> {
    if (this.#chance.is(0.3)) return {};
    const seconds = Math.round(this.#chance.magnitude(1, 90_000));
    return { 'retry-after': this.#chance.is(0.1) ? new Date(START + 400 * 24 * HOUR).toUTCString() : String(seconds) };
  }
}

const DONE = Buffer.from('{"id":"1"}');
const NOTHING = Buffer.from('{}');
const FOUND = Buffer.from('{"results":[{"id":"1"}]}');
const NOT_FOUND = Buffer.from('{"results":[]}');

const says = (status: number, headers: Record<string, string> = {}): Answer => ({
  response: { status, headers, body: status === 200 ? DONE : NOTHING },
});
