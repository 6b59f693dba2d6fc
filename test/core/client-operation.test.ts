/** Operations that are not HTTP: nobody else ends them when they hang. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DeliveryError } from '../../functions/core/delivery-error.ts';
import { perform } from '../../functions/core/perform.ts';
import type { Clock } from '../../functions/core/ports.ts';
import { type ClientContext, type Repeatable, target } from '../../functions/core/target.ts';
import { openGate } from '../memory/gate.ts';
import { memoryClock, memoryHttp, memorySecrets } from '../memory/others.ts';
import { SECOND, START, startMs } from './given.ts';

type Run = (client: unknown, input: unknown, context: ClientContext) => Promise<object>;

const hang = () => new Promise<never>(() => {});

/** Performs the one operation of a file server, and says when it was marked open. */
async function put(
  run: Run,
  options: { by?: 'upsert' | 'none'; open?: (clock: Clock) => Promise<unknown>; remainingMs?: number } = {},
) {
  const { by = 'none', open = async () => 'client', remainingMs = 30_000 } = options;
  const clock = memoryClock(START);
  const server = target({
    kind: 'server',
    connection: z.object({}),
    baseUrl: () => '',
    auth: { scheme: 'headers', headers: () => ({}) },
    limit: { requests: 1, perMs: 1_000 },
    sandbox: {},
    open: () => open(clock),
    operations: {
      put: { input: z.object({}), repeatable: { by } as Repeatable, sample: { input: {}, result: {} }, run },
    },
  })('server');
  const { secrets } = memorySecrets({ 'target/server': [{}] });
  let marked = false;
  const settings = {
    ...{ deliveryId: 'delivery-1', step: 'result', generation: 0, round: 0, ambiguousSince: undefined },
    deadline: startMs + remainingMs,
    markOpen: async () => {
      marked = true;
    },
  };
  const call = { id: 'server.put', target: server, operation: 'put', input: {} };
  const ended = await perform(call, settings, { clock, secrets, http: memoryHttp().http, gate: openGate }).catch(
    (error) => error,
  );
  return { ended, marked, tookMs: clock.now() - startMs };
}

describe('a call by a client', () => {
  it('gets the opened client and gives its result', async () => {
    const { ended, marked, tookMs } = await put(async (client) => ({ id: client }));

    expect(ended).toEqual({ id: 'client' });
    expect([marked, tookMs]).toEqual([true, 0]);
  });

  it.each([
    ['none', 'unknown'],
    ['upsert', 'transient'],
  ] as const)('that hangs ends after ten seconds, its outcome unknown (%s)', async (by, errorClass) => {
    let signal: AbortSignal | undefined;

    const { ended, tookMs } = await put(
      (_client, _input, context) => {
        signal = context.signal;
        return hang();
      },
      { by },
    );

    expect(ended).toBeInstanceOf(DeliveryError);
    expect(ended).toMatchObject({ errorClass, code: 'no-answer', outcome: 'unknown' });
    expect(ended.message).toBe('server.put: it took longer than 10000 ms');
    expect(tookMs).toBe(10 * SECOND);
    expect(signal?.aborted).toBe(true);
  });

  it('that hangs ends before the invocation does', async () => {
    const { tookMs } = await put(hang, { remainingMs: 5 * SECOND });

    expect(tookMs).toBe(3 * SECOND);
  });

  it('is not aborted after it has ended', async () => {
    let signal: AbortSignal | undefined;

    await put(async (_client, _input, context) => {
      signal = context.signal;
      return {};
    });
    await new Promise((resolve) => setImmediate(resolve));

    expect(signal?.aborted).toBe(false);
  });

  it('whose client cannot be opened in time was not sent', async () => {
    const { ended, marked } = await put(async () => ({}), { open: hang });

    expect(ended).toMatchObject({ errorClass: 'transient', code: 'not-sent', outcome: 'not-sent' });
    expect(marked).toBe(false);
  });

  it('is not begun when opening took all the time there was', async () => {
    const { ended, marked } = await put(async () => ({}), {
      remainingMs: 2 * SECOND + 600,
      open: (clock) => clock.sleep(200),
    });

    expect(ended).toMatchObject({ code: 'no-time', outcome: 'not-sent' });
    expect(marked).toBe(false);
  });
});
