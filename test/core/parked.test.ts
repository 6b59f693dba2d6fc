/** A worker and parks: what becomes of messages while their flow is parked, and what parks it. */
import { describe, expect, it } from 'vitest';
import type { Park } from '../../functions/core/parks.ts';
import { answered } from '../memory/others.ts';
import { receivedAgain } from '../memory/queues.ts';
import { crm, fine, flowOf, gone, HOUR, hub, MINUTE, SECOND, startMs } from './given.ts';
import { type Hub, upsertFlow } from './given-deliveries.ts';

const park: Park = {
  ...{ subject: { kind: 'target', name: 'crm' }, reason: 'operator', since: startMs, by: 'ada' },
  why: 'a migration',
};

const batch = (given: Hub, count: number, from = 0) =>
  Array.from({ length: count }, (_, number) =>
    given.accepted({ key: `k${from + number}`, acceptId: `accept-${from + number}` }),
  );

describe('a parked flow', () => {
  it('hands every message back for 15 minutes, without a call or a write', async () => {
    const given = hub(upsertFlow());
    await given.parks.add(park);
    const messages = batch(given, 3);

    const kept = await given.deliver(messages);

    expect(kept).toEqual(messages.map(({ messageId }) => messageId));
    expect(messages.map(given.hiddenFor)).toEqual([900, 900, 900]);
    expect(given.telemetry.counts.get('Parked')).toBe(3);
    expect([given.calls(), given.ledger.writes]).toEqual([[], []]);
  });

  it.each([
    ['normal', 51, 3_600],
    ['normal', 21, 900],
    ['test', 1, 9],
    ['test', 51, 36],
  ] as const)('in the %s profile hides receive %i for %i s', async (timing, receives, seconds) => {
    const given = hub(upsertFlow(), { timing });
    await given.parks.add(park);
    const copy = receivedAgain(given.accepted(), receives);

    await given.deliver([copy]);

    expect(given.hiddenFor(copy)).toBe(seconds);
  });

  it('delivers again once the reason is over', async () => {
    const given = hub(upsertFlow());
    await given.parks.add({ ...park, until: startMs + HOUR });
    const copy = given.accepted();
    await given.deliver([copy]);
    given.clock.advance(HOUR);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'delivered', attempts: 1, tries: 0 });
  });

  it('hides what has stopped, too: it drains later', async () => {
    const given = hub(upsertFlow(), { answers: [answered(422)] });
    const copy = given.accepted();
    await given.deliver([copy]);
    await given.parks.add(park);
    given.clock.advance(MINUTE);

    await given.deliver([receivedAgain(copy)]);

    expect(given.hiddenFor(copy)).toBe(900);
  });

  it.each([
    ['has never run', false],
    ['waits for its time', true],
  ])('stops on its last receive what %s, without a call', async (_, waits) => {
    const given = hub(upsertFlow(), { answers: [answered(503)] });
    const copy = given.accepted();
    if (waits) await given.deliver([copy]);
    const calls = given.calls().length;
    given.clock.advance(MINUTE);
    await given.parks.add(park);

    const kept = await given.deliver([receivedAgain(copy, 99)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.calls()).toHaveLength(calls);
    expect(given.row()).toMatchObject({ state: 'stopped', errorClass: 'transient', reason: 'receives' });
    expect(given.row().code).toBe('parked');
  });

  it('waits 15 minutes with what was at work when it was parked', async () => {
    const given = hub(
      flowOf(async (step) => {
        await step('one', crm.upsert({ text: 'one' }));
        given.clock.advance(30 * SECOND);
        await given.parks.add(park);
        return crm.upsert({ text: 'two' });
      }),
    );
    const copy = given.accepted();

    await given.deliver([copy], { remainingMs: MINUTE });

    expect(given.calls()).toEqual(['/upsert']);
    expect(given.row()).toMatchObject({ state: 'waiting', code: 'parked', attempts: 0 });
    expect(given.hiddenFor(copy)).toBe(900);
  });
});

describe('parks that cannot be read', () => {
  it('put every message off for a minute, if they never could', async () => {
    const given = hub(upsertFlow());
    given.parks.read = () => Promise.reject(gone);
    const [copy, worn] = [given.accepted(), receivedAgain(given.accepted(), 21)];

    const kept = await given.deliver([copy, worn]);

    expect(kept).toHaveLength(2);
    expect([copy, worn].map(given.hiddenFor)).toEqual([75, 375]);
    expect(given.ledger.writes).toEqual([]);
  });

  it('change nothing for a process that has just read them', async () => {
    const given = hub(upsertFlow());
    await given.deliver(batch(given, 1));
    given.parks.read = () => Promise.reject(gone);
    given.clock.advance(4 * MINUTE);

    expect(await given.deliver(batch(given, 1, 1))).toEqual([]);
  });
});

describe('a target that', () => {
  it('refuses our credentials parks its flows, at the first delivery', async () => {
    const given = hub(upsertFlow(), { answers: [answered(401)] });
    const messages = batch(given, 3);

    await given.deliver(messages);

    expect(given.calls()).toEqual(['/upsert']);
    expect(given.held.get('target#crm#auth')).toMatchObject({ by: 'orders', until: startMs + 15 * MINUTE });
    expect(given.row()).toMatchObject({ state: 'waiting', errorClass: 'auth', attempts: 0 });
    expect(messages.map(given.hiddenFor)).toEqual([45, 900, 900]);
  });

  it('is down for ten deliveries parks its flows', async () => {
    const given = hub(upsertFlow(), { answers: [answered(503)] });

    for (const message of batch(given, 12)) {
      await given.deliver([message]);
      given.clock.advance(7 * SECOND);
    }

    expect(given.calls()).toHaveLength(10);
    expect(given.held.get('target#crm#circuit')?.why).toBe('http-503: crm.upsert: {}');
    expect(given.telemetry.counts.get('Parked')).toBe(2);
  });

  it('answers 429 gets no more calls from this process, and its deliveries wait uncounted', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429, {}, { 'retry-after': '60' }), fine] });
    const messages = batch(given, 3);

    await given.deliver(messages);

    expect(given.calls()).toHaveLength(1);
    expect([...given.ledger.rows.values()].map(({ code, attempts }) => [code, attempts])).toEqual([
      ['http-429', 0],
      ['paused', 0],
      ['paused', 0],
    ]);
    expect(messages.map(given.hiddenFor)).toEqual([60, 60, 60]);
    expect(given.held.size).toBe(0);
  });

  it('allows little gets calls at its pace', async () => {
    const given = hub(upsertFlow(), { pace: 0.5 });

    await given.deliver(batch(given, 5));

    expect(given.calls()).toHaveLength(5);
    expect(given.clock.now() - startMs).toBe(8_000);
  });

  it('allows too little for one invocation gets the rest later', async () => {
    const given = hub(upsertFlow(), { pace: 0.1 });
    const messages = batch(given, 5);

    const kept = await given.deliver(messages);

    expect(given.calls()).toHaveLength(2);
    expect(kept).toEqual(messages.slice(2).map(({ messageId }) => messageId));
  });
});
