import { describe, expect, test, vi } from 'vitest';
import { createCaller, seeded, startFaults } from './setup.ts';

describe('a fault on a service', () => {
  test('meets the calls of its service and its operation alone', async () => {
    const { faults } = startFaults();
    const [sqs, s3] = [createCaller(faults), createCaller(faults, 's3')];
    faults.set({ kind: 'fail', service: 'sqs', operation: 'SendMessage' });

    const statuses = [await sqs.call('SendMessage'), await sqs.call('ReceiveMessage'), await s3.call('SendMessage')];

    expect(statuses).toEqual([500, 200, 200]);
    expect(sqs.done).toEqual(['ReceiveMessage']);
  });

  test('ends with its time, by the clock', async () => {
    const { faults, clock } = startFaults();
    const { call } = createCaller(faults);
    faults.set('fail:sqs:status=503:for=1h');

    const during = await call('SendMessage');
    await clock.advance(3_600_000);

    expect([during, await call('SendMessage')]).toEqual([503, 200]);
    expect(faults.list()).toEqual([]);
  });

  test('ends after its times', async () => {
    const { faults } = startFaults();
    const { call } = createCaller(faults);
    faults.set('fail:sqs:times=2');

    expect([await call('A'), await call('B'), await call('C')]).toEqual([500, 500, 200]);
  });

  test('strikes with its probability, the same calls with the same seed', async () => {
    const run = async () => {
      const { faults } = startFaults({ random: seeded(7) });
      const { call } = createCaller(faults);
      faults.set('fail:sqs:probability=0.3');
      const statuses = [];
      for (let index = 0; index < 200; index += 1) statuses.push(await call('SendMessage'));
      return statuses;
    };

    const [one, other] = [await run(), await run()];

    expect(one).toEqual(other);
    expect(one.filter((status) => status === 500).length).toBeGreaterThan(40);
    expect(one.filter((status) => status === 500).length).toBeLessThan(80);
  });

  test('lets a rate pass in each second and throttles the rest', async () => {
    const { faults, clock } = startFaults();
    const { call } = createCaller(faults);
    faults.set('throttle:sqs:per-second=2');

    const first = [await call('A'), await call('B'), await call('C')];
    await clock.advance(1000);

    expect(first).toEqual([200, 200, 400]);
    expect(await call('D')).toBe(200);
  });

  test('refuses connections before anything is done, or drops the answer after it', async () => {
    const { faults } = startFaults();
    const { call, done } = createCaller(faults);

    faults.replace(['refuse-connections:sqs']);
    const refused = await call('one');
    faults.replace(['drop-answer:sqs']);
    const dropped = await call('two');

    expect([refused, dropped]).toEqual(['broken', 'broken']);
    expect(done).toEqual(['two']);
  });

  test('delays a call, and another one then meets it', async () => {
    const { faults } = startFaults();
    const { call, done } = createCaller(faults);
    faults.replace(['delay:sqs:by=30ms', 'fail:sqs']);
    const startedAt = performance.now();

    const status = await call('SendMessage');

    expect(status).toBe(500);
    expect(performance.now() - startedAt).toBeGreaterThan(25);
    expect(done).toEqual([]);
  });

  test('does not count where another one has struck before', async () => {
    const { faults } = startFaults();
    const { call } = createCaller(faults);
    faults.replace(['fail:sqs', 'drop-answer:sqs:times=1']);

    await call('SendMessage');

    expect(faults.list().map(({ hits, timesLeft }) => [hits, timesLeft])).toEqual([
      [1, undefined],
      [0, 1],
    ]);
  });

  test("meets the pollers' calls too", async () => {
    const { faults } = startFaults();
    const done: string[] = [];
    const queues = faults.aroundQueues({
      receive: async () => {
        done.push('receive');
        return [];
      },
      delete: async () => void done.push('delete'),
    });
    faults.replace(['drop-answer:sqs:operation=DeleteMessageBatch', 'throttle:sqs:operation=ReceiveMessage']);

    await expect(queues.receive('orders', 1, 0, new AbortController().signal)).rejects.toThrow('Rate exceeded');
    await expect(queues.delete('orders', ['handle'])).rejects.toThrow('a fault breaks the connection');
    expect(done).toEqual(['delete']);
  });
});

describe('a fault on a function', () => {
  test('kills it at its next call of a service, before or after the call is done', async () => {
    const { faults, killed } = startFaults();
    const { call, done } = createCaller(faults, 'dynamodb');
    faults.set('kill-function:deliver-orders:at=dynamodb:operation=PutItem');

    const others = [await call('PutItem'), await call('PutItem', 'ingest-role'), await call('GetItem', 'deliver-role')];
    const before = await call('PutItem', 'deliver-role');
    const again = await call('PutItem', 'deliver-role');
    faults.set('kill-function:deliver-orders:at=dynamodb:moment=after');
    const after = await call('UpdateItem', 'deliver-role');

    expect(others).toEqual([200, 200, 200]);
    expect([before, again, after]).toEqual(['broken', 200, 'broken']);
    expect(killed).toEqual(['deliver-orders', 'deliver-orders']);
    expect(done).toEqual(['PutItem', 'PutItem', 'GetItem', 'PutItem', 'UpdateItem']);
  });

  test('kills its invocation after a time, once, unless it has ended or the fault is cleared', async () => {
    const { faults } = startFaults();
    const kills: string[] = [];
    const invocation = (name: string, isRunning = true) => ({
      isRunning: () => isRunning,
      kill: () => void kills.push(name),
    });
    faults.set('kill-function:deliver-orders:after=5ms');

    faults.onInvoke('deliver-orders', invocation('ended', false));
    faults.onInvoke('ingest-shop', invocation('of another function'));
    faults.onInvoke('deliver-orders', invocation('one'));
    faults.onInvoke('deliver-orders', invocation('two'));
    await vi.waitFor(() => expect(kills).toEqual(['one']));
    faults.set('kill-function:deliver-orders:after=5ms');
    faults.onInvoke('deliver-orders', invocation('three'));
    faults.clear();
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(kills).toEqual(['one']);
  });

  test('puts its clock wrong until it ends; of several the latest counts', async () => {
    const { faults, clock, skews } = startFaults();

    faults.set('skew-clock:deliver-orders:by=-5m');
    faults.set('skew-clock:deliver-orders:by=1h:for=10s');
    await clock.advance(10_000);
    faults.clear();

    expect(skews.map(([, skewMs]) => skewMs)).toEqual([-300_000, 3_600_000, -300_000, 0]);
    expect(new Set(skews.map(([name]) => name))).toEqual(new Set(['deliver-orders']));
  });
});

describe('the faults', () => {
  test('are listed with what is left of them', async () => {
    const { faults } = startFaults();
    const { call } = createCaller(faults);
    faults.set({ kind: 'throttle', service: 'sqs', times: 3, forMs: 60_000 });

    await call('SendMessage');

    expect(faults.list()).toEqual([
      {
        id: 'fault-1',
        fault: { kind: 'throttle', service: 'sqs', times: 3, forMs: 60_000 },
        hits: 1,
        timesLeft: 2,
        endsAt: '2026-11-20T00:01:00.000Z',
      },
    ]);
  });

  test('stay as they are when one of those that replace them is wrong', () => {
    const { faults } = startFaults();
    faults.set('fail:sqs');

    expect(() => faults.replace(['throttle:sqs', 'throtle:sqs'])).toThrow("there is no fault 'throtle'");

    expect(faults.list().map(({ fault }) => fault.kind)).toEqual(['fail']);
  });

  test('may name only functions that there are', () => {
    const { faults } = startFaults();

    expect(() => faults.set('skew-clock:deliver-invoices:by=1m')).toThrow(
      "skew-clock: there is no function 'deliver-invoices'; the functions are deliver-orders, ingest-shop",
    );
  });
});
