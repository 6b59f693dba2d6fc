import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DeliveryError, type ErrorClass } from '../../functions/core/delivery-error.ts';
import { flow } from '../../functions/core/flow.ts';
import { createGate, type Gate } from '../../functions/core/gate.ts';
import type { Timing } from '../../functions/core/names.ts';
import type { Park } from '../../functions/core/parks.ts';
import { type Call, operation, type Probe, target } from '../../functions/core/target.ts';
import { memoryClock, memoryTelemetry } from '../memory/others.ts';
import { memoryParks } from '../memory/parks.ts';
import { HOUR, MINUTE, SECOND, START, shop, startMs } from './given.ts';

const chatTarget = (probe?: Probe<object>) =>
  target({
    kind: 'chat',
    connection: z.object({}),
    baseUrl: () => 'https://chat.example',
    auth: { scheme: 'headers', headers: () => ({}) },
    limit: { requests: 200, perMs: 60_000 },
    ...(probe && { probe }),
    sandbox: {},
    operations: {
      post: operation<object>()({
        input: z.object({ channel: z.string() }),
        repeatable: { by: 'upsert' },
        paced: { key: ({ channel }) => channel, requests: 1, perMs: 1_000 },
        request: () => ({ method: 'POST', path: '/' }),
        result: () => ({}),
        sample: { input: { channel: 'c' }, result: {} },
      }),
    },
  })('chat');

const chat = chatTarget();
const probed = chatTarget({ request: () => ({ method: 'GET', path: '/me' }) });

const flowTo = (to: typeof chat) =>
  flow({
    ...{ purpose: 'A test.', owner: 'tests', from: shop, types: ['thing'], payload: z.unknown(), order: 'any' },
    to: [to.post],
    run: async () => to.post({ channel: 'a' }),
  });

function given(options: { pace?: number; timing?: Timing; to?: typeof chat } = {}) {
  const { pace = 1, timing = 'normal', to = chat } = options;
  const clock = memoryClock(START);
  const { telemetry } = memoryTelemetry();
  const { parks, held } = memoryParks();
  const settings = { flow: flowTo(to), flowName: 'orders', timing, pace: { chat: pace } };
  const gate = createGate(settings, { parks, clock, telemetry });
  const post = (channel = 'a'): Call => to.post({ channel });
  return {
    ...{ clock, gate, held, parks },
    /** Milliseconds for which a call waited, or how it was refused. */
    async enter(channel = 'a', remainingMs = 30_000) {
      const before = clock.now();
      try {
        await gate.enter(post(channel), { channel }, before + remainingMs);
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        const { errorClass, code, outcome, retryAfterMs } = error;
        return { errorClass, code, outcome, retryAfterMs };
      }
      return clock.now() - before;
    },
    learn: (...failure: Parameters<typeof failed>) => learn(gate, post(), failed(...failure)),
    succeed: () => learn(gate, post(), undefined),
  };
}

const failed = (errorClass: ErrorClass, outcome: DeliveryError['outcome'], retryAfterMs?: number) =>
  new DeliveryError(errorClass, 'http-4xx', 'it failed for ada@example.com', { outcome, retryAfterMs });

let deliveries = 0;
const learn = (gate: Gate, call: Call, error: DeliveryError | undefined) =>
  gate.learn(call, `delivery-${deliveries++}`, error);

describe('pacing', () => {
  it("spreads calls evenly over the process's share", async () => {
    const { enter } = given({ pace: 0.5 });

    expect([await enter('a'), await enter('b'), await enter('c')]).toEqual([0, 2_000, 2_000]);
  });

  it('shares a limit for each key as it shares the target: 0.15 of one a second', async () => {
    const { enter, clock } = given({ pace: 0.5 });
    await enter('a');
    const same = await enter('a');
    clock.advance(2_000);
    const other = await enter('b');

    // 0.5 of 3.33 calls a second.
    expect(same).toBe(6_667);
    expect(other).toBe(0);
  });

  it('refuses a call whose turn leaves no time for it', async () => {
    const { enter } = given({ pace: 0.5 });
    await enter('a');

    const refused = await enter('b', 13_999);
    const waited = await enter('b', 14_000);

    expect(refused).toEqual({ errorClass: 'rate-limit', code: 'pacing', outcome: 'not-sent', retryAfterMs: 2_000 });
    expect(waited).toBe(2_000);
  });

  it('lets a call pass whose turn has come, however little time is left', async () => {
    const { enter } = given();

    expect(await enter('a', 100)).toBe(0);
  });

  it.each([{}, { chat: 0 }, { chat: null }])('needs a pace for each target: %s', (pace) => {
    const { gate: _, ...ports } = { ...given(), telemetry: memoryTelemetry().telemetry };
    const settings = { flow: flowTo(chat), flowName: 'orders', timing: 'normal' as const, pace: pace as never };

    expect(() => createGate(settings, ports)).toThrow(
      `[syncline] [orders] the pace has no requests per second for target chat: ${JSON.stringify(pace)}`,
    );
  });
});

describe('a 429', () => {
  it('stops the calls until Retry-After, uncounted', async () => {
    const { enter, learn: end, clock, held } = given();
    await end('rate-limit', 'refused', 90_000);
    clock.advance(30_000);

    const during = await enter();
    clock.advance(60_000);

    expect(during).toEqual({ errorClass: 'rate-limit', code: 'paused', outcome: 'not-sent', retryAfterMs: 60_000 });
    expect(await enter()).toBe(0);
    expect(held.size).toBe(0);
  });

  it('that goes on for two minutes parks the target until Retry-After', async () => {
    const { learn: end, clock, held } = given({ to: probed });
    await end('rate-limit', 'refused', 1_000);
    clock.advance(2 * MINUTE);

    await end('rate-limit', 'refused', 2 * HOUR);

    expect(held.get('target#chat#quota')).toEqual({
      ...{ subject: { kind: 'target', name: 'chat' }, reason: 'quota', since: startMs + 2 * MINUTE },
      ...{ until: startMs + 2 * MINUTE + 2 * HOUR, by: 'orders', why: 'http-4xx: it failed for <email>' },
    });
  });
});

describe('a target in trouble', () => {
  it('is parked once ten deliveries have failed over a minute', async () => {
    const { learn: end, clock, held, gate } = given({ to: probed });
    for (let number = 0; number < 10; number++) {
      expect(held.size).toBe(0);
      clock.advance(7 * SECOND);
      await end('transient', 'unknown');
    }

    expect(held.get('target#chat#circuit')).toMatchObject({ reason: 'circuit', by: 'orders' });
    expect(await gate.parked()).toMatchObject({ reason: 'circuit' });
  });

  it('is not parked when a success lies between', async () => {
    const { learn: end, succeed, clock, held } = given();
    for (let number = 0; number < 40; number++) {
      clock.advance(7 * SECOND);
      await (number % 9 === 8 ? succeed() : end('transient', 'unknown'));
    }

    expect(held.size).toBe(0);
  });

  it.each([
    ['a probe stays parked until that says so', probed, 'normal', undefined],
    ['no probe is tried again after 15 minutes', chat, 'normal', startMs + 15 * MINUTE],
    ['no probe, in the test profile, after 9 seconds', chat, 'test', startMs + 9 * SECOND],
  ] as const)('that refuses our credentials and has %s', async (_, to, timing, until) => {
    const { learn: end, held } = given({ to, timing });

    await end('auth', 'refused');

    expect(held.get('target#chat#auth')?.until).toBe(until);
    expect(held.size).toBe(1);
  });

  it('is parked for everybody who reads it, once', async () => {
    const { learn: end, parks, clock, held } = given();
    const added: Park[] = [];
    const { add } = parks;
    parks.add = (park) => {
      added.push(park);
      return add(park);
    };

    await end('auth', 'refused');
    clock.advance(SECOND);
    await end('auth', 'refused');

    expect(added).toHaveLength(1);
    expect(held.size).toBe(1);
  });

  it('fails no delivery when that cannot be written', async () => {
    const { learn: end, parks } = given();
    parks.add = () => Promise.reject(new Error('the service does not answer'));

    await expect(end('auth', 'refused')).resolves.toBeUndefined();
  });
});

describe('a parked flow', () => {
  const park: Park = {
    ...{ subject: { kind: 'flow', name: 'orders' }, reason: 'operator', since: startMs, by: 'ada' },
    why: 'a migration',
  };

  it('makes no calls', async () => {
    const { enter, parks } = given();
    await parks.add(park);

    expect(await enter()).toEqual({
      ...{ errorClass: 'transient', code: 'parked', outcome: 'not-sent', retryAfterMs: 15 * MINUTE },
    });
  });

  it('makes no call that was waiting for its turn when it was parked', async () => {
    const { enter, parks, clock } = given({ pace: 0.02 });
    await enter('a', 90_000);
    const { sleep } = clock;
    clock.sleep = async (ms) => {
      await parks.add(park);
      await sleep(ms);
    };

    expect(await enter('b', 90_000)).toMatchObject({ code: 'parked', outcome: 'not-sent' });
  });
});
