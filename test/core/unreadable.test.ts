/** Requests that were accepted unread, as they arrive at a flow: docs/delivery.md, rule 8. */
import { describe, expect, it } from 'vitest';
import { hub, startMs } from './given.ts';
import { upsertFlow } from './given-deliveries.ts';

describe('a request that could not be read', () => {
  const unreadable = { type: 'unreadable', key: 'unreadable:1' } as const;
  const body = (text: string) => Buffer.from(text).toString('base64');

  it('stops as validation, without a word of its body', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted({ ...unreadable, body: body('secret words') });

    const kept = await given.deliver([copy]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.row()).toMatchObject({ state: 'stopped', errorClass: 'validation', code: 'unreadable' });
    expect(JSON.stringify([given.telemetry.lines, given.row()])).not.toContain('secret');
  });

  it('ends superseded once it can be read, its events published to this flow alone', async () => {
    const given = hub(upsertFlow());
    const two = JSON.stringify({
      events: [
        { id: 'e1', type: 'thing' },
        { id: 'e2', type: 'other' },
      ],
    });

    const kept = await given.deliver([given.accepted({ ...unreadable, body: body(two) })]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'superseded', reason: 'read again: 1 events' });
    const [sent, ...others] = given.queues.sent;
    expect(others).toEqual([]);
    expect(sent!.flow).toBe('orders');
    expect(JSON.parse(sent!.message.body)).toMatchObject({ flow: 'orders', key: 'e1', acceptedAt: startMs });
    expect(await given.deliver([sent!.message])).toEqual([]);
    expect(given.calls()).toEqual(['/upsert']);
  });

  it('waits while the queue does not take its events', async () => {
    const given = hub(upsertFlow());
    given.queues.failing.add('orders');

    await given.deliver([given.accepted({ ...unreadable, body: body('{"id":"k9"}') })]);

    expect(given.row()).toMatchObject({ state: 'waiting', errorClass: 'transient', code: 'unreachable', attempts: 0 });
  });
});
