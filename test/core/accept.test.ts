import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { accept, type Routes, router } from '../../functions/core/accept.ts';
import type { Envelope } from '../../functions/core/envelope.ts';
import type { Secrets } from '../../functions/core/ports.ts';
import type { SourceDefinition, SourceRequest } from '../../functions/core/source.ts';
import { source } from '../../functions/core/source.ts';
import { memoryBodies, memoryClock, memoryRandom, memoryTelemetry } from '../memory/others.ts';
import { memoryQueues } from '../memory/queues.ts';
import { memorySpool } from '../memory/spool.ts';
import { START, shopDefinition, startMs } from './given.ts';

const SECRET = 'a secret that nobody may see';
const routes: Routes = { thing: ['orders', 'invoices'], other: ['invoices'], '*': ['archive'] };

/** A cached copy, and what a refresh finds; undefined when there was one within the last minute. */
function memorySecretCopies(options: {
  cached: unknown[];
  current: unknown[] | Error | undefined;
  former?: unknown[];
}) {
  const reads: string[] = [];
  const secrets: Secrets = {
    async connections() {
      reads.push('cached');
      return options.cached;
    },
    async refresh() {
      reads.push('refreshed');
      if (options.current instanceof Error) throw options.current;
      return options.current;
    },
    former: () => options.former ?? [],
  };
  return { secrets, reads };
}

function given(
  options: {
    definition?: Partial<SourceDefinition<{ secret: string }, 'thing' | 'other'>>;
    secrets?: { cached?: unknown[]; current?: unknown[] | Error | undefined; former?: unknown[] };
    routes?: Routes;
  } = {},
) {
  const clock = memoryClock(START);
  const queues = memoryQueues(clock);
  const bodies = memoryBodies();
  const spool = memorySpool();
  const telemetry = memoryTelemetry();
  const cached = options.secrets?.cached ?? [{ secret: SECRET }];
  const copies = memorySecretCopies({ current: undefined, ...options.secrets, cached });
  const ports = {
    ...{ clock, random: memoryRandom(), queues: queues.queues, bodies: bodies.bodies, secrets: copies.secrets },
    telemetry: telemetry.telemetry,
    spool: spool.spool,
    fetchKey: () => Promise.reject(new Error('no key was provided')),
  };
  const shop = source({ ...shopDefinition, ...options.definition })('shop');
  const settings = { routes: options.routes ?? routes, publicUrl: 'https://hub.example/v1/webhooks/shop' };
  return {
    ...{ telemetry, spool, clock, bodies, failing: queues.failing, deadlines: queues.deadlines, reads: copies.reads },
    sent: () => queues.sent.map(({ message }) => JSON.parse(message.body) as Envelope),
    ask: (changes: Partial<SourceRequest> = {}) => accept(request(changes), shop, settings, ports),
    count: (metric: string) => telemetry.counts.get(metric) ?? 0,
  };
}

const request = (changes: Partial<SourceRequest> = {}): SourceRequest => ({
  method: 'POST',
  rawQuery: '',
  headers: { 'x-signature': SECRET, 'content-type': 'application/json', 'x-topic': 'things' },
  body: Buffer.from('{"id":"e1"}'),
  ...changes,
});

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

describe('a request that is refused', () => {
  const throws = () => {
    throw new Error('no key server');
  };
  const big = Buffer.alloc(10_000_001, 'x');

  it.each<[string, Parameters<typeof given>[0], Partial<SourceRequest>, number, string]>([
    ['by a method of no use', {}, { method: 'DELETE' }, 405, 'method'],
    ['because it is too large', {}, { body: big }, 413, 'too-large'],
    ['because it is empty', {}, { body: Buffer.alloc(0) }, 400, 'empty-body'],
    ['without a signature', {}, { headers: {} }, 401, 'missing-header'],
    ['with a wrong signature', {}, { headers: { 'x-signature': 'x' } }, 401, 'bad-signature'],
    ['while its source has no secret', { secrets: { cached: [] } }, {}, 503, 'no-secret'],
    ['while its secret is of no use', { secrets: { cached: [{ key: 'x' }] } }, {}, 503, 'bad-secret'],
    ['while it cannot be verified', { definition: { verify: throws } }, {}, 503, 'verification-unavailable'],
  ])('%s', async (_, options, changes, status, reason) => {
    const { ask, sent, telemetry, count } = given(options);

    const answer = await ask(changes);

    expect(answer.status).toBe(status);
    expect(Object.keys(JSON.parse(answer.body ?? ''))).toEqual(['message']);
    expect(telemetry.lines.at(-1)).toMatchObject({ message: 'refused', fields: { source: 'shop', status, reason } });
    expect(count(status === 503 ? 'Unavailable' : 'Refused')).toBe(1);
    expect(sent()).toEqual([]);
  });

  it('by its handshake is counted as others are', async () => {
    const { ask, count, telemetry } = given({ definition: { handshake: () => ({ status: 403 }) } });

    expect(await ask()).toEqual({ status: 403 });
    expect(count('Refused')).toBe(1);
    expect(telemetry.lines).toEqual([
      { level: 'warn', message: 'refused', fields: { source: 'shop', status: 403, reason: 'handshake' } },
    ]);
  });

  it('has no word in its answer where its sender checks that', async () => {
    const { ask } = given({ definition: { refusesBare: true } });

    expect(await ask({ headers: {} })).toEqual({ status: 401 });
    expect(await ask({ method: 'PUT' })).toEqual({ status: 405, headers: { allow: 'POST, GET' } });
  });

  it('by its method learns which are allowed', async () => {
    const { ask } = given();

    expect((await ask({ method: 'PUT' })).headers).toMatchObject({ allow: 'POST, GET' });
  });

  it.each(['orders', 'archive'])('because the queue of %s fails is to be sent again', async (queue) => {
    const { ask, failing, telemetry } = given();
    failing.add(queue);

    expect((await ask()).status).toBe(503);
    expect(telemetry.lines.at(-1)).toMatchObject({
      level: 'error',
      fields: { reason: 'queue-unavailable', error: `Error: queue ${queue} is not available` },
    });
  });
});

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

describe('a mismatch', () => {
  const rotated = { cached: [{ secret: 'former' }], current: [{ secret: SECRET }] };

  it('is judged once more by a fresh copy of the secret', async () => {
    const { ask, reads } = given({ secrets: rotated });

    expect((await ask()).status).toBe(200);
    expect(reads).toEqual(['cached', 'refreshed']);
  });

  it('in a handshake is judged once more too', async () => {
    const handshake: SourceDefinition<{ secret: string }, 'thing'>['handshake'] = (_, { secrets }) => ({
      status: secrets.some(({ secret }) => secret === SECRET) ? 200 : 403,
    });
    const { ask, reads } = given({ secrets: rotated, definition: { handshake } });

    expect((await ask()).status).toBe(200);
    expect(reads).toEqual(['cached', 'refreshed']);
  });

  it('is a refusal when our copy was read within the last minute', async () => {
    const { ask } = given({ secrets: { ...rotated, current: undefined } });

    expect((await ask()).status).toBe(401);
  });

  it('is a refusal when the fresh copy does not match either', async () => {
    const { ask, reads } = given({ secrets: { ...rotated, current: rotated.cached } });

    expect((await ask()).status).toBe(401);
    expect(reads).toEqual(['cached', 'refreshed']);
  });

  it('is no refusal while our copy is older and cannot be read again now', async () => {
    const { ask } = given({ secrets: { ...rotated, current: new Error('throttled') } });

    expect((await ask()).status).toBe(503);
  });

  it('that no secret can heal reads none', async () => {
    const { ask, reads } = given();

    expect((await ask({ headers: {} })).status).toBe(401);
    expect(reads).toEqual(['cached']);
  });

  it('with a secret that has been rotated away is refused by that name, which the sender is not told', async () => {
    const former = [{ secret: SECRET }];
    const { ask, telemetry, count } = given({ secrets: { cached: [{ secret: 'new' }], former } });
    const forged = given({ secrets: { cached: [{ secret: 'new' }] } });

    const answer = await ask();

    expect(answer).toEqual(await forged.ask());
    expect(answer.status).toBe(401);
    expect(telemetry.lines.at(-1)?.fields).toMatchObject({ status: 401, reason: 'rotated-away' });
    expect([count('Refused'), count('RotatedAway')]).toEqual([1, 1]);
    expect(forged.telemetry.lines.at(-1)?.fields).toMatchObject({ reason: 'bad-signature' });
    expect(forged.count('RotatedAway')).toBe(0);
  });

  it('with any secret there ever was is a bad signature', async () => {
    const { ask, telemetry, count } = given({ secrets: { cached: [{ secret: 'new' }], former: [{ secret: 'old' }] } });

    expect((await ask()).status).toBe(401);
    expect(telemetry.lines.at(-1)?.fields).toMatchObject({ reason: 'bad-signature' });
    expect(count('RotatedAway')).toBe(0);
  });

  it('with one of two secrets is none', async () => {
    const { ask } = given({ secrets: { cached: [{ secret: 'new' }, { secret: SECRET }] } });

    expect((await ask()).status).toBe(200);
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

describe('router', () => {
  const flowsFor = router(routes);
  const event = (type: string) => ({ type, key: 'k', eventId: null, occurredAt: null, entityId: null });

  it.each([
    ['thing', ['orders', 'invoices', 'archive']],
    ['unheard-of', ['archive']],
    ['constructor', ['archive']],
    ['*', ['archive']],
    ['unreadable', ['orders', 'invoices', 'archive']],
  ])('sends %s to %j', (type, flows) => {
    expect(flowsFor(event(type))).toEqual(flows);
  });
});
