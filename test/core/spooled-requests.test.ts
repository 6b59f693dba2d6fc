/** Requests that SQS does not take: docs/delivery.md, rule 8. */
import { describe, expect, it } from 'vitest';
import { startMs } from './given.ts';
import { given } from './given-accept.ts';

describe('a request that SQS refuses, of a sender that never retries,', () => {
  const neverAgain = { definition: { retries: false } };

  it('is spooled, counted and answered 200', async () => {
    const { ask, failing, spool, sent, count, telemetry } = given(neverAgain);
    for (const flow of ['orders', 'archive']) failing.add(flow);

    const answer = await ask();

    expect(answer).toEqual({ status: 200 });
    expect(sent().map(({ flow }) => flow)).toEqual(['invoices']);
    const [[key, object]] = [...spool.objects] as [[string, Buffer]];
    expect(key).toMatch(/^spool\/2026-11-20T000000\.000Z\/shop\/id-\d+$/);
    const { v, messages } = JSON.parse(object.toString());
    expect([v, Object.keys(messages)]).toEqual([1, ['orders', 'archive']]);
    expect(JSON.parse(messages.archive[0])).toMatchObject({
      flow: 'archive',
      key: 'e1',
      acceptId: sent()[0]?.acceptId,
    });
    expect([count('Spooled'), count('Accepted'), count('Unavailable')]).toEqual([1, 1, 0]);
    expect(telemetry.lines).toEqual([
      {
        level: 'error',
        message: 'spooled',
        fields: { source: 'shop', object: key, messages: 2, error: 'Error: queue orders is not available' },
      },
      { level: 'info', message: 'accepted', fields: expect.objectContaining({ messages: 3, spooled: 2 }) },
    ]);
  });

  it('is answered in the words that the vendor demands', async () => {
    const response = { status: 202, body: '[accepted]' };
    const event = { type: 'thing', key: 'e1', eventId: null, occurredAt: null, entityId: null };
    const { ask, failing } = given({ definition: { retries: false, read: () => ({ events: [event], response }) } });
    failing.add('orders');

    expect(await ask()).toEqual(response);
  });

  it('is answered 503 when the spool fails, too', async () => {
    const { ask, failing, spool, count, telemetry } = given(neverAgain);
    failing.add('orders');
    spool.failing.add('put');

    expect((await ask()).status).toBe(503);
    expect([count('Spooled'), count('Unavailable')]).toEqual([0, 1]);
    expect(telemetry.lines.at(-1)?.fields.error).toBe(
      "Error: Error: queue orders is not available; and not spooled: Error: the spool's put is not available",
    );
  });

  it('leaves the spool a share of the time that the vendor waits', async () => {
    const slow = given({ definition: { answerWithinMs: 10_000, retries: false } });
    const quick = given({ definition: { answerWithinMs: 4_000, retries: false } });
    const retrying = given({ definition: { answerWithinMs: 10_000 } });

    for (const { ask } of [slow, quick, retrying]) await ask();

    expect(slow.deadlines[0]).toBe(startMs + 7_000);
    expect(quick.deadlines[0]).toBe(startMs + 2_000);
    expect(retrying.deadlines[0]).toBe(startMs + 9_000);
  });

  it('leaves nothing in the spool when SQS took it all', async () => {
    const { ask, spool } = given(neverAgain);

    expect((await ask()).status).toBe(200);
    expect(spool.objects.size).toBe(0);
  });
});

it('a request that SQS refuses is not spooled when its sender retries', async () => {
  const { ask, failing, spool } = given();
  failing.add('orders');

  expect((await ask()).status).toBe(503);
  expect(spool.objects.size).toBe(0);
});
