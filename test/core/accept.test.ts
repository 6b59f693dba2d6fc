/** Requests that are let in, their answers, and what is logged of any. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SourceRequest } from '../../functions/core/source.ts';
import { startMs } from './given.ts';
import { given, request, SECRET } from './given-accept.ts';

describe('a request that is let in', () => {
  it('is answered 200 once every flow that wants it has its message', async () => {
    const { ask, sent, count } = given();

    const answer = await ask();

    expect(answer).toEqual({ status: 200 });
    expect(sent().map(({ flow }) => flow)).toEqual(['orders', 'invoices', 'archive']);
    expect(sent()[0]).toMatchObject({
      source: 'shop',
      key: 'e1',
      acceptedAt: startMs,
      headers: { 'x-topic': 'things' },
    });
    expect(count('Accepted')).toBe(1);
  });

  it('is answered in the words that the vendor demands', async () => {
    const response = { status: 202, body: '[accepted]' };
    const { ask } = given({ definition: { read: () => ({ events: [], response }) } });

    expect(await ask()).toEqual(response);
  });

  it('is answered 200 and counted when no flow wants its events', async () => {
    const { ask, sent, count } = given({ routes: { thing: ['orders'], '*': [] } });
    const body = Buffer.from(
      JSON.stringify({
        events: [
          { id: 'e1', type: 'thing' },
          { id: 'e2', type: 'new' },
        ],
      }),
    );

    const answer = await ask({ body });

    expect(answer.status).toBe(200);
    expect(sent().map(({ key }) => key)).toEqual(['e1']);
    expect([count('Received'), count('Accepted'), count('Unmatched')]).toEqual([2, 2, 1]);
  });

  it('is counted item by item: as many go in as come out', async () => {
    const event = (key: string) => ({ type: 'thing' as const, key, eventId: key, occurredAt: null, entityId: null });
    const events = ['e1', 'e2', 'e3'].map((key) => ({ ...event(key), part: Buffer.from('{}') }));
    const batch = given({ definition: { read: () => ({ events, items: 3 }) } });
    const lossy = given({ definition: { read: () => ({ events: events.slice(1), items: 3 }) } });

    expect([(await batch.ask()).status, (await lossy.ask()).status]).toEqual([200, 200]);

    const counts = ({ count }: ReturnType<typeof given>) => ['Received', 'Accepted', 'Unreadable'].map(count);
    expect(counts(batch)).toEqual([3, 3, 0]);
    expect(counts(lossy)).toEqual([3, 1, 1]);
    expect(lossy.sent().every(({ type }) => type === 'unreadable')).toBe(true);
  });

  it('goes to every flow of the source when it cannot be read', async () => {
    const { ask, sent, count, telemetry } = given();

    const answer = await ask({ body: Buffer.from('not json: secret words') });

    expect(answer).toEqual({ status: 200 });
    expect(sent().map(({ flow, type }) => [flow, type])).toEqual([
      ['orders', 'unreadable'],
      ['invoices', 'unreadable'],
      ['archive', 'unreadable'],
    ]);
    expect(count('Unreadable')).toBe(1);
    expect(telemetry.lines).toEqual([
      {
        level: 'info',
        message: 'accepted',
        fields: expect.objectContaining({ events: 1, messages: 3, unreadable: 'the body is not valid JSON' }),
      },
    ]);
  });

  it('is verified as received and carried as received when it is compressed', async () => {
    const seen: Buffer[] = [];
    const verify = ({ body }: SourceRequest) => {
      seen.push(body);
      return 'valid' as const;
    };
    const { ask, sent } = given({ definition: { verify } });
    const body = gzipSync('{"id":"e1"}');

    const answer = await ask({ body, headers: { ...request().headers, 'content-encoding': 'gzip' } });

    expect(answer.status).toBe(200);
    expect(seen).toEqual([body]);
    expect(sent()[0]).toMatchObject({ key: 'e1', contentEncoding: 'gzip', body: body.toString('base64') });
  });

  it('is a handshake when the source says so, and is no event', async () => {
    const handshake = () => ({ status: 200, body: 'challenge' });
    const { ask, sent } = given({ definition: { handshake } });

    expect(await ask({ method: 'GET', body: Buffer.alloc(0) })).toEqual({ status: 200, body: 'challenge' });
    expect(sent()).toEqual([]);
  });

  it('is a handshake of which the body is kept where the log says, and only there', async () => {
    const { ask, bodies, sent, telemetry } = given({ definition: { handshake: () => ({ status: 200, keep: true }) } });
    const body = Buffer.from('{"token":"for the operator"}');

    expect(await ask({ body })).toEqual({ status: 200 });

    const [[object, kept] = []] = [...bodies.objects];
    expect(kept).toEqual(body);
    expect(telemetry.lines).toEqual([{ level: 'info', message: 'handshake kept', fields: { source: 'shop', object } }]);
    expect(sent()).toEqual([]);
  });

  it('is asked for again when the body of its handshake could not be kept', async () => {
    const { ask, bodies, telemetry } = given({ definition: { handshake: () => ({ status: 200, keep: true }) } });
    bodies.bodies.put = () => Promise.reject(new Error('the bucket is not available'));

    expect((await ask()).status).toBe(503);
    expect(telemetry.lines.at(-1)).toMatchObject({ level: 'error', fields: { reason: 'bucket-unavailable' } });
  });
});

it('no log line holds a body, a header or a secret', async () => {
  const { ask, telemetry, failing } = given();
  const words = 'words-of-the-body';
  const headers = { ...request().headers, 'x-topic': 'words-of-a-header' };

  await ask({ headers, body: Buffer.from(`{"id":"e1","text":"${words}"}`) });
  await ask({ headers, body: Buffer.from(`{"text":"${words}"`) });
  await ask({ headers, body: Buffer.from(words) });
  await ask({ headers: { ...headers, 'x-signature': 'words-of-a-signature' }, body: Buffer.from(words) });
  failing.add('orders');
  await ask({ headers, body: Buffer.from(`{"text":"${words}"}`) });

  const logged = JSON.stringify(telemetry.lines);
  expect(telemetry.lines).toHaveLength(5);
  for (const word of ['words', SECRET]) expect(logged).not.toContain(word);
});
