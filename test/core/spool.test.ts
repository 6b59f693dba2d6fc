import { describe, expect, it } from 'vitest';
import { SPOOL_PREFIX } from '../../functions/core/names.ts';
import type { Messages } from '../../functions/core/publish.ts';
import { publishSpooled, sendOrSpool } from '../../functions/core/spool.ts';
import { memoryClock, memoryRandom, memoryTelemetry } from '../memory/others.ts';
import { memoryQueues } from '../memory/queues.ts';
import { memorySpool } from '../memory/spool.ts';
import { SECOND, START, startMs } from './given.ts';

function given() {
  const clock = memoryClock(START);
  const queues = memoryQueues(clock);
  const spool = memorySpool();
  const telemetry = memoryTelemetry();
  const ports = {
    ...{ clock, spool: spool.spool, queues: queues.queues, telemetry: telemetry.telemetry, random: memoryRandom() },
  };
  /** As ingest does while SQS is down; a second passes. */
  const spoolAway = async (messages: Record<string, string[]>) => {
    const flows = Object.keys(messages);
    for (const flow of flows) queues.failing.add(flow);
    await sendOrSpool(messagesOf(messages), { source: 'shop', retries: false, answerBy: clock.now() + SECOND }, ports);
    for (const flow of flows) queues.failing.delete(flow);
    clock.advance(SECOND);
  };
  return {
    ...{ clock, spool, telemetry, spoolAway, ports, failing: queues.failing, deadlines: queues.deadlines },
    sent: () => queues.sent.map(({ flow, message }) => `${flow} ${message.body}`),
    publish: (secondsLeft = 50) => publishSpooled(ports, clock.now() + secondsLeft * SECOND),
  };
}

const messagesOf = (messages: Record<string, string[]>): Messages =>
  new Map(Object.entries(messages).map(([flow, bodies]) => [flow, bodies.map((body) => ({ body }))]));

describe('publishSpooled', () => {
  it('sends what is spooled, the oldest first, and then removes it', async () => {
    const { spoolAway, publish, sent, spool } = given();
    for (const number of [1, 2, 3, 4, 5]) await spoolAway({ orders: [`m${number}`] });

    const counts = await publish();

    expect(counts).toEqual({ published: 5, messages: 5, failed: 0, unreadable: 0 });
    expect(sent()).toEqual(['orders m1', 'orders m2', 'orders m3', 'orders m4', 'orders m5']);
    expect(spool.objects.size).toBe(0);
  });

  it('sends every message of an object, as ingest wrote it', async () => {
    const { spoolAway, publish, sent } = given();
    await spoolAway({ orders: ['{"a":"é"}', 'm2'], archive: ['m3'] });

    expect(await publish()).toMatchObject({ published: 1, messages: 3 });
    expect(sent()).toEqual(['orders {"a":"é"}', 'orders m2', 'archive m3']);
  });

  it('has nothing to do when nothing is spooled', async () => {
    expect(await given().publish()).toEqual({ published: 0, messages: 0, failed: 0, unreadable: 0 });
  });

  it('keeps an object until SQS has all of it, and does not send twice what it took', async () => {
    const { spoolAway, publish, sent, spool, failing, telemetry } = given();
    await spoolAway({ orders: ['m1'], archive: ['m2'] });
    failing.add('archive');

    expect(await publish()).toEqual({ published: 0, messages: 1, failed: 1, unreadable: 0 });
    expect(telemetry.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'spooled request not published',
      fields: { flows: ['archive'], error: 'Error: queue archive is not available' },
    });
    failing.delete('archive');
    expect(await publish()).toEqual({ published: 1, messages: 1, failed: 0, unreadable: 0 });

    expect(sent()).toEqual(['orders m1', 'archive m2']);
    expect(spool.objects.size).toBe(0);
  });

  it('tries a flow that failed once a run, and no flow waits for it', async () => {
    const { spoolAway, publish, sent, failing, deadlines } = given();
    for (const number of [1, 2, 3]) await spoolAway({ broken: [`b${number}`], orders: [`m${number}`] });
    failing.add('broken');
    deadlines.length = 0;

    expect(await publish()).toEqual({ published: 0, messages: 3, failed: 3, unreadable: 0 });
    expect(sent()).toEqual(['orders m1', 'orders m2', 'orders m3']);
    expect(deadlines).toHaveLength(4);
  });

  it('sends copies of the same publication after a crash before the object was removed', async () => {
    const { spoolAway, publish, sent, spool } = given();
    await spoolAway({ orders: ['m1'] });
    spool.failing.add('remove');

    expect(await publish()).toMatchObject({ published: 0, failed: 1 });
    spool.failing.delete('remove');
    await publish();

    expect(sent()).toEqual(['orders m1', 'orders m1']);
    expect(spool.objects.size).toBe(0);
  });

  it.each([
    ['is no JSON', 'not json', 'it is not JSON'],
    ['is of a later version', '{"v":2,"messages":{}}', 'its version 2 is not 1'],
    ['is of no version', 'null', 'its version undefined is not 1'],
    ['has no messages', '{"v":1}', 'it has no messages'],
    ['holds nothing', '{"v":1,"messages":{}}', 'its messages are not lists of texts by flow'],
    ['holds an empty list', '{"v":1,"messages":{"orders":[]}}', 'its messages are not lists of texts by flow'],
    ['holds no texts', '{"v":1,"messages":{"orders":[{}]}}', 'its messages are not lists of texts by flow'],
  ])('leaves and reports an object that %s, and goes on', async (_, text, problem) => {
    const { spoolAway, publish, sent, spool, telemetry } = given();
    const key = `${SPOOL_PREFIX}0-first`;
    spool.objects.set(key, Buffer.from(text));
    await spoolAway({ orders: ['m1'] });

    expect(await publish()).toEqual({ published: 1, messages: 1, failed: 0, unreadable: 1 });
    expect(sent()).toEqual(['orders m1']);
    expect([...spool.objects.keys()]).toEqual([key]);
    const fields = { object: key, problem };
    expect(telemetry.lines).toContainEqual({ level: 'error', message: 'spooled request not readable', fields });
  });

  it('begins no object shortly before its deadline', async () => {
    const { spoolAway, publish, sent, spool } = given();
    await spoolAway({ orders: ['m1'] });

    await publish(7);

    expect(sent()).toEqual([]);
    expect(spool.objects.size).toBe(1);
  });

  it('goes on after an object that S3 does not give', async () => {
    const { spoolAway, publish, spool } = given();
    await spoolAway({ orders: ['m1'] });
    spool.failing.add('get');

    expect(await publish()).toEqual({ published: 0, messages: 0, failed: 1, unreadable: 0 });
    expect(spool.objects.size).toBe(1);
  });

  it('throws while the spool cannot be listed', async () => {
    const { publish, spool } = given();
    spool.failing.add('list');

    await expect(publish()).rejects.toThrow('list is not available');
  });

  it('gives SQS five seconds an object', async () => {
    const { spoolAway, publish, deadlines } = given();
    await spoolAway({ orders: ['m1'] });

    await publish();

    expect(deadlines.at(-1)).toBe(startMs + SECOND + 5 * SECOND);
  });
});
