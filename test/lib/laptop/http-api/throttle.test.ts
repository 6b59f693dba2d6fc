import { describe, expect, test } from 'vitest';
import { accountThrottle, createThrottles } from '../../../../lib/laptop/http-api/throttle.ts';
import { fakeClock } from '../fake-clock.ts';
import { post, startApi } from './setup.ts';

describe('a throttled route', () => {
  test('answers 429 once its burst is spent, without asking the function', async () => {
    const routes = [{ ...post, throttle: { rateLimit: 1, burstLimit: 2 } }];
    const { send, events, accesses } = await startApi('fine', { routes });

    const answers = [await send({}), await send({}), await send({})];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]).toMatchObject({
      body: '{"message":"Too Many Requests"}',
      headers: { 'content-type': 'application/json' },
    });
    expect(events).toHaveLength(2);
    expect(accesses.at(-1)).toMatchObject({
      status: 429,
      routeKey: 'POST /hooks/{source}',
      error: 'Too Many Requests',
    });
  });

  test('admits its rate again as time passes, and no more than its burst', async () => {
    const clock = fakeClock();
    const { admit } = createThrottles(clock);
    const limit = { rateLimit: 10, burstLimit: 5 };
    const admitted = () => Array.from({ length: 20 }, () => admit('POST /a', limit)).filter((yes) => yes).length;

    const atOnce = admitted();
    await clock.advance(300);
    const afterAWhile = admitted();
    await clock.advance(60_000);

    expect([atOnce, afterAWhile, admitted()]).toEqual([5, 3, 5]);
  });

  test('leaves other routes alone', () => {
    const { admit } = createThrottles(fakeClock());
    const limit = { rateLimit: 1, burstLimit: 1 };
    admit('POST /a', limit);

    expect([admit('POST /a', limit), admit('POST /b', limit)]).toEqual([false, true]);
  });
});

test('all routes share the limit of the account', () => {
  const { admit } = createThrottles(fakeClock());
  for (let sent = 0; sent < accountThrottle.burstLimit; sent++) admit('POST /a', undefined);

  expect(admit('POST /b', { rateLimit: 100, burstLimit: 200 })).toBe(false);
});
