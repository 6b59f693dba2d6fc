import { describe, expect, test } from 'vitest';
import type { AnySource } from '../../../functions/core/source.ts';
import { requestOf, urlOf } from '../../../lib/ops/vectors/judge-vector.ts';
import { type Setting, settingOf } from '../../../lib/ops/vectors/schemes.ts';
import type { Vector } from '../../../lib/ops/vectors/vector.ts';
import selection from '../../fixtures/source-vectors.json' with { type: 'json' };
import { fuzzIngest, mutations } from './ingest.ts';

const CASES = 4_000;
const SEED = 1;
const vectors = selection as readonly Vector[];

test('the door takes no changed request that is not genuine, answers none by 5xx, and loses none', async () => {
  const { failures } = await fuzzIngest({ vectors, cases: CASES, seed: SEED });

  expect(failures).toEqual([]);
}, 60_000);

test('a run tries every mutation, and repeats itself', async () => {
  const run = () => fuzzIngest({ vectors, cases: 1_500, seed: SEED });
  const one = await run();

  expect([...one.outcomes.keys()]).toEqual(expect.arrayContaining(mutations.map(({ name }) => name)));
  expect(await run()).toEqual(one);
}, 60_000);

type Definition = AnySource;
type Verify = Definition['verify'];

describe('the fuzzer finds a connector that', () => {
  const accepted = vectors.filter(({ expected }) => expected === 'accept');
  const verifying =
    (change: (verify: Verify, vector: Vector) => Verify) =>
    (definition: Definition, vector: Vector): Definition => ({
      ...definition,
      verify: change(definition.verify, vector),
    });
  const everyHeader = (change: (value: string) => string) =>
    verifying((verify) => (request, context) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, change(String(value))]);
      return verify({ ...request, headers: Object.fromEntries(headers) }, context);
    });
  const reading = (change: (key: string, contentType: string) => string) => (definition: Definition) => ({
    ...definition,
    read(received: Parameters<Definition['read']>[0]) {
      const read = definition.read(received);
      if ('unreadable' in read) return read;
      const type = String(received.headers['content-type']);
      return { ...read, events: read.events.map((event) => ({ ...event, key: change(event.key, type) })) };
    },
  });

  const answering = (body: string) => (definition: Definition) => ({
    ...definition,
    ...(definition.handshake && { handshake: async () => ({ status: 200, body }) }),
  });
  const losing = (definition: Definition) => ({
    ...definition,
    read(received: Parameters<Definition['read']>[0]) {
      const read = definition.read(received);
      return 'unreadable' in read ? read : { events: read.events.slice(1) };
    },
  });

  test.each<[string, RegExp, (definition: Definition, vector: Vector) => Definition, string]>([
    [
      'verifies what it parsed instead of the bytes',
      /hmac|signature|v0|v1|webhooks/,
      verifying((verify) => (request, context) => {
        const body = Buffer.from(request.body.toString('utf8').replace(/\s+$/, ''));
        return verify({ ...request, body }, context);
      }),
      'it was taken, and is not genuine',
    ],
    [
      'takes the first of two joined lines',
      /stripe|standard|svix|github/,
      everyHeader((value) => value.split(/,(?=t=|v1,|sha256)/)[0]!),
      'not genuine',
    ],
    ['trims a signature', /hmac|signature/, everyHeader((value) => value.trim()), 'not genuine'],
    [
      'knows no window',
      /stripe|standard|svix|slack|v3|mailchimp-signature|shipengine/,
      verifying((verify, vector) => (request, context) => verify(request, { ...context, now: vector.now * 1_000 })),
      'not genuine',
    ],
    [
      'throws over a header',
      /./,
      verifying((verify) => (request, context) => {
        new Headers(Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]));
        return verify(request, context);
      }),
      'the sender is told 503',
    ],
    [
      'derives a key from what a proxy changes',
      /stripe|shopify|standard/,
      reading((key, type) => `${key}-${type}`),
      'it became',
    ],
    [
      'looks up the URL instead of what was called',
      /square|hubspot-v2|mandrill-hmac|twilio-form/,
      verifying((verify, vector) => (request, context) => {
        const rawQuery = vector.request.url.split('?').slice(1).join('?');
        return verify({ ...request, rawQuery }, { ...context, publicUrl: urlOf(vector) });
      }),
      'it was taken',
    ],
    [
      'takes the first of two tokens',
      /url-token|salesforce/,
      verifying((verify) => (request, context) => {
        const [token = ''] = /token=[^&]*/.exec(request.rawQuery) ?? [];
        return verify({ ...request, rawQuery: token }, context);
      }),
      'it was taken, and is not genuine',
    ],
    [
      'does not look into what is packed',
      /shipstation-v1|salesforce/,
      verifying((verify, vector) => (request, context) => {
        const body = request.headers['content-encoding'] ? requestOf(vector.request).body : request.body;
        return verify({ ...request, body, headers: { ...request.headers, 'content-encoding': '' } }, context);
      }),
      'it was taken',
    ],
    [
      'fetches a certificate from whoever is named',
      /paypal/,
      verifying((verify) => async (request, context) => {
        await context.fetchKey(String(request.headers['paypal-cert-url'])).catch(() => '');
        return verify(request, context);
      }),
      'for a key',
    ],
    ['loses one of a batch', /klaviyo|intuit|hubspot-v3|salesforce/, losing, 'events became'],
    ['answers a handshake as it likes', /challenge|handshake/, answering('ok'), 'its handshake was answered by'],
    [
      'takes everything for a handshake',
      /meta-hub-signature|gusto-hmac|woocommerce-hmac/,
      answering(''),
      'is not genuine',
    ],
  ])('%s', async (_, schemes, change, complaint) => {
    const open = (vector: Vector): Setting => {
      const { source, ...setting } = settingOf(vector);
      return { ...setting, source: { ...source, definition: change(source.definition, vector) } };
    };

    const concerned = accepted.filter(({ scheme }) => schemes.test(scheme));
    const { failures } = await fuzzIngest({ vectors: concerned, cases: 1_000, seed: SEED, open });

    expect(failures.map(({ what }) => what).join('\n')).toContain(complaint);
  });
});
