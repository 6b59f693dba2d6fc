import { describe, expect, test, vi } from 'vitest';
import { createHeldInvoke, idsOf, mapping, ok, recordsOf, startPollers } from './setup.ts';

describe('a poller', () => {
  test('gives the function what is in the queue and deletes what it has done', async () => {
    const payloads: Buffer[] = [];
    const { queue } = startPollers(async (functionName, payload) => {
      expect(functionName).toBe('deliver');
      payloads.push(payload);
      return ok({ batchItemFailures: [{ itemIdentifier: 'b' }] });
    });

    queue.send('a', 'b', 'c');

    await vi.waitFor(() => expect(queue.deleted).toEqual([['handle-a', 'handle-c']]));
    expect(payloads.map(idsOf)).toEqual([['a', 'b', 'c']]);
    expect(recordsOf(payloads[0]!)[0]).toMatchObject({
      eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:orders',
      awsRegion: 'eu-central-1',
    });
  });

  test('leaves a failed batch to its visibility timeout and goes on', async () => {
    const results = [{ kind: 'error' as const, errorType: 'Error', payload: Buffer.from('{}') }, ok(null)];
    const { pollers, queue } = startPollers(async () => results.shift()!, { batchSize: 1 });

    queue.send('a', 'b');

    await vi.waitFor(() => expect(queue.deleted).toEqual([['handle-b']]));
    expect(pollers.list()[0]?.lastProcessingResult).toBe('OK');
  });

  test('never runs more invocations than the maximum concurrency, and receives nothing meanwhile', async () => {
    const { held, invoke } = createHeldInvoke();
    const { queue } = startPollers(invoke, { batchSize: 1, maximumConcurrency: 2 });
    queue.send('a', 'b', 'c');
    await vi.waitFor(() => expect(held).toHaveLength(2));
    await new Promise(setImmediate);

    const receivesAtTheCap = queue.receives.length;
    held[0]?.end();

    await vi.waitFor(() => expect(held.map(({ ids }) => ids)).toEqual([['a'], ['b'], ['c']]));
    expect(receivesAtTheCap).toBe(2);
    for (const { end } of held) end();
  });

  test('runs at most five invocations without a maximum', async () => {
    const { held, invoke } = createHeldInvoke();
    const { maximumConcurrency: _none, ...unlimited } = mapping;
    const { queue } = startPollers(invoke, {}, { mappings: [{ ...unlimited, batchSize: 1 }] });

    queue.send('a', 'b', 'c', 'd', 'e', 'f');

    await vi.waitFor(() => expect(held).toHaveLength(5));
    await new Promise(setImmediate);
    expect(held).toHaveLength(5);
    for (const { end } of held) end();
    await vi.waitFor(() => expect(held).toHaveLength(6));
    held[5]?.end();
  });

  test('takes another maximum concurrency while it runs', async () => {
    const { held, invoke } = createHeldInvoke();
    const changes: unknown[] = [];
    const onChange = (...change: unknown[]) => changes.push(change);
    const { pollers, queue } = startPollers(invoke, { batchSize: 1, maximumConcurrency: 2 }, { onChange });
    queue.send('a', 'b', 'c');
    await vi.waitFor(() => expect(held).toHaveLength(2));

    pollers.setMaximumConcurrency(mapping.id, 3);
    const during = pollers.state(mapping.id);

    await vi.waitFor(() => expect(held).toHaveLength(3));
    expect(during).toBe('Updating');
    expect(pollers.list()[0]).toMatchObject({ state: 'Enabled', maximumConcurrency: 3 });
    expect(changes).toEqual([[mapping.id, { enabled: true, maximumConcurrency: 3 }]]);
    for (const { end } of held) end();
  });

  test('splits messages that are too large for one invocation', async () => {
    const { held, invoke } = createHeldInvoke();
    const { queue } = startPollers(invoke, { maximumConcurrency: 2 });
    const full = 'x'.repeat(1024 * 1024);

    queue.send(...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => ({ MessageId: id, ReceiptHandle: id, Body: full })));

    await vi.waitFor(() => expect(held.map(({ ids }) => ids.join(''))).toEqual(['abcde', 'fg']));
    for (const { end } of held) end();
    await vi.waitFor(() => expect(queue.deleted.map((ids) => ids.join('')).toSorted()).toEqual(['abcde', 'fg']));
  });

  test('says what went wrong and tries again after a second when it cannot receive', async () => {
    let calls = 0;
    const receive = async () => {
      calls += 1;
      throw new Error('the queue does not exist');
    };
    const { pollers, clock, lines } = startPollers(
      async () => ok(null),
      {},
      { queues: { receive, delete: async () => {} } },
    );
    await vi.waitFor(() => expect(lines).toHaveLength(1));

    await clock.advance(999);
    await new Promise(setImmediate);
    const early = calls;
    await clock.advance(1);

    await vi.waitFor(() => expect(calls).toBe(2));
    expect(early).toBe(1);
    expect(lines[0]).toBe('[syncline] [laptop] orders: receiving failed: Error: the queue does not exist');
    expect(pollers.list()[0]?.lastProcessingResult).toMatch(/^PROBLEM: receiving failed/);
  });

  test('survives an invocation that cannot be made', async () => {
    const invoke = vi.fn().mockRejectedValueOnce(new Error('Function not found')).mockResolvedValue(ok(null));
    const { queue, lines } = startPollers(invoke, { batchSize: 1 });

    queue.send('a', 'b');

    await vi.waitFor(() => expect(queue.deleted).toEqual([['handle-b']]));
    expect(lines).toEqual(['[syncline] [laptop] orders: Error: Function not found']);
  });
});

describe('a batching window', () => {
  const window = { batchSize: 20, maximumBatchingWindowSeconds: 5 };

  test('gathers what comes after the first message until it ends', async () => {
    const { held, invoke } = createHeldInvoke();
    const { queue, clock } = startPollers(invoke, window);
    queue.send('a');
    await vi.waitFor(() => expect(queue.receives).toHaveLength(2));
    queue.send('b');
    await vi.waitFor(() => expect(queue.receives).toHaveLength(3));

    await clock.advance(4999);
    await new Promise(setImmediate);
    const early = held.length;
    await clock.advance(1);

    await vi.waitFor(() => expect(held.map(({ ids }) => ids)).toEqual([['a', 'b']]));
    expect(early).toBe(0);
    held[0]?.end();
  });

  test('ends with a full batch, of more than ten messages by more than one receive', async () => {
    const { held, invoke } = createHeldInvoke();
    const { queue } = startPollers(invoke, window);
    const ids = Array.from({ length: 20 }, (_, index) => String(index));

    queue.send(...ids);

    await vi.waitFor(() => expect(held[0]?.ids).toEqual(ids));
    held[0]?.end();
    await vi.waitFor(() => expect(queue.deleted.map((handles) => handles.length)).toEqual([10, 10]));
  });
});

describe('a mapping', () => {
  test('that is disabled finishes what runs, then receives nothing until it is enabled', async () => {
    const { held, invoke } = createHeldInvoke();
    const changes: unknown[] = [];
    const { pollers, queue } = startPollers(invoke, {}, { onChange: (...change) => changes.push(change) });
    queue.send('a');
    await vi.waitFor(() => expect(held).toHaveLength(1));

    pollers.setEnabled(mapping.id, false);
    queue.send('b');
    const whileRunning = pollers.state(mapping.id);
    held[0]?.end();
    await vi.waitFor(() => expect(pollers.state(mapping.id)).toBe('Disabled'));
    const whileDisabled = held.length;
    pollers.setEnabled(mapping.id, true);
    const atFirst = pollers.state(mapping.id);

    await vi.waitFor(() => expect(held.map(({ ids }) => ids)).toEqual([['a'], ['b']]));
    expect([whileRunning, whileDisabled, atFirst]).toEqual(['Disabling', 1, 'Enabling']);
    expect(pollers.state(mapping.id)).toBe('Enabled');
    expect(queue.deleted).toEqual([['handle-a']]);
    expect(changes).toEqual([
      [mapping.id, { enabled: false, maximumConcurrency: 2 }],
      [mapping.id, { enabled: true, maximumConcurrency: 2 }],
    ]);
    held[1]?.end();
  });

  test('that is switched to and fro polls once', async () => {
    const { pollers, queue } = startPollers(async () => ok(null));
    await vi.waitFor(() => expect(queue.receives).toHaveLength(1));

    for (const enabled of [false, true, false, true]) pollers.setEnabled(mapping.id, enabled);
    await vi.waitFor(() => expect(pollers.state(mapping.id)).toBe('Enabled'));
    await new Promise(setImmediate);

    expect(queue.receives).toHaveLength(2);
  });

  test('that begins disabled receives nothing', async () => {
    const { pollers, queue } = startPollers(async () => ok(null), { enabled: false });

    await new Promise(setImmediate);

    expect(pollers.state(mapping.id)).toBe('Disabled');
    expect(queue.receives).toEqual([]);
  });

  test('that does not exist is refused', () => {
    const { pollers } = startPollers(async () => ok(null));

    expect(() => pollers.state('other')).toThrow('There is no event source mapping other.');
  });
});

test('stopping ends the long polls and waits for running invocations', async () => {
  const { held, invoke } = createHeldInvoke();
  const { pollers, queue } = startPollers(invoke);
  queue.send('a');
  await vi.waitFor(() => expect(held).toHaveLength(1));
  let stopped = false;

  const stopping = pollers.stop().then(() => {
    stopped = true;
  });
  await new Promise(setImmediate);
  const early = stopped;
  held[0]?.end();
  await stopping;

  expect(early).toBe(false);
  expect(queue.deleted).toEqual([['handle-a']]);
  expect(pollers.state(mapping.id)).toBe('Enabled');
});
