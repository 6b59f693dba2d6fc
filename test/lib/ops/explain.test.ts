import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { type Source, type SourceRequest, source } from '../../../functions/core/source.ts';
import { activecampaign } from '../../../functions/sources/activecampaign.ts';
import { headerSignature } from '../../../functions/sources/common/header-signature.ts';
import { github } from '../../../functions/sources/github.ts';
import { shopify } from '../../../functions/sources/shopify.ts';
import { standardWebhooks } from '../../../functions/sources/standard-webhooks.ts';
import { stripe } from '../../../functions/sources/stripe.ts';
import { type Explanation, explain } from '../../../lib/ops/explain/explain.ts';
import type { Trial } from '../../../lib/ops/explain/trial.ts';
import { SHEET } from '../../fixtures/sheet.ts';
import { fresh } from '../../suites/source-suite.ts';

const SIGNED_AT = Date.parse('2026-11-20T09:30:00Z');
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const URL_THERE = 'https://hub.example/v1/webhooks/vendor';
const COMPACT =
  '{"type":"orders/paid","name":"Zoë Müller <z&m>","url":"https://a.example/b","total":35.0,"list":[1,{"b":2,"a":1}]}';

/** A vendor that signs method, URL and body. */
const urlSigner = source({
  ...{
    kind: 'url-signer',
    sheet: {
      ...SHEET,
      needs: [
        { field: 'secret', what: '', isSecret: true },
        { field: 'publicUrl', what: '', isSecret: false },
      ],
    },
  },
  ...{ proof: 'signature', methods: ['POST'], answerWithinMs: 10_000, types: {}, read: () => ({ events: [] }) },
  connection: z.object({ secret: z.string().check(z.minLength(1)), publicUrl: z.optional(z.string()) }),
  ...headerSignature({
    ...{ header: 'x-signature', algorithm: 'sha256', encoding: 'base64' },
    content: ({ method, url, body }) => [method, url, body],
  }),
});

type Given = {
  readonly source: Source;
  readonly body?: string | Buffer;
  readonly secret?: unknown;
  readonly query?: string;
  readonly url?: string;
};

/** A request as the vendor signed it. */
function signed({
  source: { definition },
  body = COMPACT,
  secret = { secret: SECRET },
  query = '',
  url = URL_THERE,
}: Given): SourceRequest {
  const text = body as string;
  const { headers } = definition.sign(
    { type: 'orders/paid', body: text, fresh: fresh(1), url: query === '' ? url : `${url}?${query}` },
    secret,
  );
  return { method: 'POST', rawQuery: query, headers, body: Buffer.from(body) };
}

const trialOf = (request: SourceRequest, changes: Partial<Trial> = {}): Trial => ({
  ...{ request, connections: [{ secret: SECRET }], publicUrl: URL_THERE, now: SIGNED_AT },
  ...changes,
});

const why = (source: Source, trial: Trial, known: object = {}): Promise<Explanation> =>
  explain(source, trial, {
    ...{ set: 'syncline secrets set source/vendor --value -', former: [], others: {} },
    fetchKey: async () => Promise.reject(new Error('no key')),
    ...known,
  });

/** What the first explanation says, and that no explanation says what nobody may see. */
async function firstOf(source: Source, trial: Trial, known: object = {}) {
  const explanation = await why(source, trial, known);
  const said = JSON.stringify(explanation);
  const words = JSON.stringify([trial.connections, trial.request.headers, known]).match(/[A-Za-z0-9+/=_]{20,}/g) ?? [];
  for (const word of [...words.filter((text) => !text.includes('hub')), 'Zoë', 'orders/paid'])
    expect(said).not.toContain(word);
  expect(explanation.verdict).not.toBe('valid');
  return (explanation.because[0] ?? []).map(({ about, what }) => `${about}: ${what}`);
}

const vendors = {
  stripe: stripe('vendor'),
  github: github('vendor'),
  shopify: shopify('vendor'),
  'standard-webhooks': standardWebhooks('vendor'),
};

describe.each(Object.entries(vendors))('what became of a body that %s signed', (_, vendor) => {
  const rewritten: [what: string, signed: string, arrived: string | Buffer][] = [
    [
      'JSON without spaces',
      COMPACT,
      JSON.stringify(JSON.parse(COMPACT.replace('35.0', '35.5')), null, 2).replace('35.5', '35.0'),
    ],
    ['JSON, pretty-printed by 2 spaces', JSON.stringify({ b: 'Zoë', a: [1] }, null, 2), '{"b":"Zoë","a":[1]}'],
    [
      'JSON, pretty-printed by tabs, with a line break at its end',
      `${JSON.stringify({ b: 1 }, null, '\t')}\n`,
      '{"b":1}',
    ],
    [
      'JSON with a space after each comma and colon, as Python writes it',
      '{"b": "z", "a": [1, 2]}',
      '{"b":"z","a":[1,2]}',
    ],
    ['Python writes it, non-ASCII letters as \\u escapes', '{"b": "Zo\\u00eb"}', '{"b":"Zoë"}'],
    [
      'JSON without spaces, non-ASCII letters as \\u escapes and slashes as \\/, as PHP',
      '{"a":"\\/\\u00eb"}',
      '{"a":"/ë"}',
    ],
    ['as Go writes it', '{"a":"\\u003cb\\u003e\\u0026"}', '{"a":"<b>&"}'],
    ['JSON without spaces', '{"name":"Zoë"}', '{"name":"Zo\\u00eb"}'],
    ['JSON with its keys sorted', '{"a":1,"b":{"c":1,"d":[{"x":1,"y":2}]}}', '{"b":{"d":[{"y":2,"x":1}],"c":1},"a":1}'],
    ['without the line break at its end', COMPACT, `${COMPACT}\n`],
    ['with a line break at its end', `${COMPACT}\n`, COMPACT],
    ['with LF where CRLF arrived', '{\n"a": 1\n}', '{\r\n"a": 1\r\n}'],
    ['with CRLF where LF arrived', '{\r\n"a": 1\r\n}', '{\n"a": 1\n}'],
    ['read as Latin-1 and encoded once more', COMPACT, Buffer.from(Buffer.from(COMPACT).toString('latin1'), 'utf8')],
    ['what arrived is Latin-1', COMPACT, Buffer.from(COMPACT, 'latin1')],
    ['what arrived is still base64', COMPACT, Buffer.from(COMPACT).toString('base64')],
    ['without the byte order mark', COMPACT, `\uFEFF${COMPACT}`],
    ['encoded twice', COMPACT, JSON.stringify(COMPACT)],
    ['the unpacked one', COMPACT, gzipSync(COMPACT)],
  ];

  test.each(rewritten)('%s', async (what, before, arrived) => {
    const request = { ...signed({ source: vendor, body: before }), body: Buffer.from(arrived) };

    const differences = await firstOf(vendor, trialOf(request));

    expect(differences).toEqual([expect.stringContaining(what)]);
    expect(differences[0]).toMatch(/^body: /);
  });

  test('is said together with a clock that was wrong, too', async () => {
    const request = { ...signed({ source: vendor }), body: Buffer.from(`${COMPACT}\n`) };

    const differences = await firstOf(vendor, trialOf(request, { now: SIGNED_AT + 3_600_000 }));

    expect(differences[0]).toContain('without the line break at its end');
    expect(differences.slice(1).every((difference) => difference.startsWith('clock: '))).toBe(true);
  });
});

describe('a form that was escaped otherwise', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  test.each([
    ['a form with %20 where + arrived', 'a=b%20c', 'a=b+c'],
    ['a form with lower-case escapes', 'a=%c3%ab', 'a=%C3%AB'],
  ])('%s', async (what, before, arrived) => {
    const request = signed({ source: vendors.github, body: before });

    const trial = trialOf({ ...request, headers: { ...request.headers, ...form }, body: Buffer.from(arrived) });

    expect(await firstOf(vendors.github, trial)).toEqual([expect.stringContaining(what)]);
  });
});

describe('a URL that is another one at the vendor', () => {
  const signer = urlSigner('vendor');
  const registered = (url: string, query?: string) =>
    signed({ source: signer, url, ...(query !== undefined && { query }) });

  test.each([
    ['has https where we have http', 'https://hub.example/v1/webhooks/vendor', 'http://hub.example/v1/webhooks/vendor'],
    ['has http where we have https', 'http://hub.example/v1/webhooks/vendor', URL_THERE],
    ['has a slash at the end of its path', `${URL_THERE}/`, URL_THERE],
    ['has no slash at the end of its path', URL_THERE, `${URL_THERE}/`],
    ['has no port', URL_THERE, 'https://hub.example:8443/v1/webhooks/vendor'],
    ['has the port 443 written out', 'https://hub.example:443/v1/webhooks/vendor', URL_THERE],
    ['has https where we have http and no port', URL_THERE, 'http://hub.example:4510/v1/webhooks/vendor'],
    [
      'has no first part of the path: a stage',
      'https://hub.example/webhooks/vendor',
      'https://hub.example/prod/webhooks/vendor',
    ],
    ['has /prod before its path: a stage', 'https://hub.example/prod/v1/webhooks/vendor', URL_THERE],
    [
      'has https where we have http and a slash at the end of its path',
      `${URL_THERE}/`,
      'http://hub.example/v1/webhooks/vendor',
    ],
    ['has no escapes in its path', 'https://hub.example/webhooks/zoë', 'https://hub.example/webhooks/zo%C3%AB'],
  ])('%s', async (what, there, here) => {
    const differences = await firstOf(signer, trialOf(registered(there), { publicUrl: here }));

    expect(differences).toEqual([expect.stringMatching(/^url: the URL that was signed has /)]);
    expect(differences[0]).toContain(what);
  });

  test.each([
    ['has no query', '', 'a=1'],
    ['has its query decoded', 'a=b c', 'a=b%20c'],
    ['has its query escaped', 'a=b%3Ac', 'a=b:c'],
    ['has its query sorted', 'a=1&b=2', 'b=2&a=1'],
  ])('%s', async (what, there, here) => {
    const request = { ...registered(URL_THERE, there), rawQuery: here };

    expect(await firstOf(signer, trialOf(request))).toEqual([`url: the URL that was signed ${what}`]);
  });

  test('is found by what the operator says, and by the request’s own', async () => {
    const there = 'https://tunnel.example/hooks';
    const trial = trialOf(registered(there), { publicUrl: 'http://127.0.0.1:4510/v1/webhooks/vendor' });

    expect(await firstOf(signer, trial, { vendorUrl: there })).toEqual([
      'url: the URL that was signed is the one given with --vendor-url, not http://127.0.0.1:4510/v1/webhooks/vendor',
    ]);
    expect(await firstOf(signer, trial, { capturedUrl: there })).toEqual([
      `url: the URL that was signed is the request’s own, ${there}, not http://127.0.0.1:4510/v1/webhooks/vendor`,
    ]);
  });

  test('is looked for in place of the one in the secret, which is then to be corrected', async () => {
    const connections = [{ secret: SECRET, publicUrl: 'https://old.example/hooks/' }];
    const explanation = await why(signer, trialOf(registered(URL_THERE), { connections, publicUrl: `${URL_THERE}/` }));

    expect(explanation.because[0]).toMatchObject([{ about: 'url', next: expect.stringContaining('set `publicUrl`') }]);
  });

  test('is said together with a body that was rewritten', async () => {
    const request = { ...registered(`${URL_THERE}/`), body: Buffer.from(`${COMPACT}\n`) };

    expect(await firstOf(signer, trialOf(request))).toEqual([
      'body: the body that was signed is without the line break at its end',
      'url: the URL that was signed has a slash at the end of its path',
    ]);
  });
});

describe('a clock that is wrong', () => {
  test.each([
    ['behind', 412, '2026-11-20T09:30:00.000Z, 412 s before the time at which it is judged; 300 s would pass'],
    ['ahead', -1_000, '2026-11-20T09:30:00.000Z, 1000 s after the time at which it is judged; 300 s would pass'],
  ])('is told by its side, seconds and limit: the request is %s', async (_, seconds, what) => {
    const request = signed({ source: vendors['standard-webhooks'] });

    const differences = await firstOf(
      vendors['standard-webhooks'],
      trialOf(request, { now: SIGNED_AT + seconds * 1_000 }),
    );

    expect(differences).toEqual([`clock: it was signed at ${what}`]);
  });

  test('is not blamed where the vendor takes what lies ahead', async () => {
    const trial = trialOf(signed({ source: vendors.stripe }), { now: SIGNED_AT - 1_000_000 });

    expect(await why(vendors.stripe, trial)).toEqual({ verdict: 'valid', fits: 0, because: [] });
  });
});

describe('a secret that is wrong', () => {
  const vendor = vendors.stripe;
  const trial = (...connections: unknown[]) => trialOf(signed({ source: vendor }), { connections });

  test.each([
    ['begins or ends with white space', ` ${SECRET}\n`],
    ['stands in quotes', `"${SECRET}"`],
    ['lacks its `whsec_`', SECRET.slice('whsec_'.length)],
  ])('%s', async (what, secret) => {
    expect(await firstOf(vendor, trial({ secret }))).toEqual([expect.stringContaining(what)]);
  });

  test('is the one before, still valid or no longer', async () => {
    const former = { secret: SECRET };

    expect(await why(vendor, trial({ secret: 'new' }, former))).toEqual({ verdict: 'valid', fits: 1, because: [] });
    expect(await firstOf(vendor, trial({ secret: 'new' }), { former: [former] })).toEqual([
      'secret: it was signed with the secret before the last change, which is no longer valid (rotated-away)',
    ]);
  });

  test('is that of another source of the kind', async () => {
    expect(await firstOf(vendor, trial({ secret: 'new' }), { others: { sandbox: [{ secret: SECRET }] } })).toEqual([
      'secret: it was signed with the secret of source/sandbox',
    ]);
  });

  test('is missing, or none of this kind', async () => {
    expect(await firstOf(vendor, trial())).toEqual(['secret: the source has no secret, so it refuses everything']);
    expect(await firstOf(vendor, trial({ token: 'x' }))).toEqual([
      'secret: the secret that is set here does not fit this kind of source',
    ]);
  });

  test('is what is left when nothing else explains it', async () => {
    const explanation = await why(vendor, trial({ secret: 'another' }));

    expect(explanation).toMatchObject({
      verdict: 'bad-signature',
      because: [[{ about: 'unknown', next: 'compare the secret: the endpoint’s signing secret, `whsec_…`, whole' }]],
    });
  });
});

test.each([
  ['method', { method: 'GET' }, 'it came by GET, and the source takes POST'],
  ['empty-body', { body: Buffer.alloc(0) }, 'it has no body'],
])('what the door refuses unseen (%s) is told at once', async (verdict, change, what) => {
  const explanation = await why(vendors.stripe, trialOf({ ...signed({ source: vendors.stripe }), ...change }));

  expect(explanation).toMatchObject({ verdict, because: [[{ what }]] });
});

describe('a header that something on the way changed', () => {
  const name = 'x-hub-signature-256';
  const withHeaders = (change: (value: string) => object) => {
    const request = signed({ source: vendors.github });
    const { [name]: value, ...others } = request.headers;
    return trialOf({ ...request, headers: { ...others, ...(change(value as string) as SourceRequest['headers']) } });
  };

  test.each<[string, (value: string) => object]>([
    [`the header ${name} came in 2 lines, of which number 2 fits`, (value) => ({ [name]: ['sha256=00', value] })],
    [
      `the header ${name} holds several values, joined by commas, of which number 1 fits`,
      (value) => ({ [name]: `${value}, ${value}` }),
    ],
    [`the header ${name} has white space or quotes around its value`, (value) => ({ [name]: `"${value}" ` })],
    [`the header ${name} is not in the case`, (value) => ({ [name]: value.toUpperCase() })],
    [`the header ${name} is escaped`, (value) => ({ [name]: encodeURIComponent(value) })],
    [`the header ${name} arrived as http_x_hub_signature_256`, (value) => ({ http_x_hub_signature_256: value })],
    [`it lacks ${name}`, () => ({})],
  ])('%s', async (what, change) => {
    expect(await firstOf(vendors.github, withHeaders(change))).toEqual([expect.stringContaining(`header: ${what}`)]);
  });

  test('of Stripe was joined, commas of its own and all', async () => {
    const request = signed({ source: vendors.stripe });
    const value = request.headers['stripe-signature'] as string;
    const trial = trialOf({ ...request, headers: { ...request.headers, 'stripe-signature': `${value},${value}` } });

    expect(await firstOf(vendors.stripe, trial)).toEqual([
      'header: the header stripe-signature holds several values, joined by commas, of which number 1 fits',
    ]);
  });
});

test('a credential that was not shown is asked for where the vendor is set up', async () => {
  const vendor = activecampaign('vendor');
  const connections = [{ tokenHash: '0'.repeat(64) }];

  const { verdict, because } = await why(
    vendor,
    trialOf({ method: 'POST', rawQuery: '', headers: {}, body: Buffer.from('a=1') }, { connections }),
  );

  expect(verdict).toBe('missing-credential');
  expect(because).toMatchObject([[{ what: 'it shows no password or token', next: vendor.definition.sheet.setUp[1] }]]);
});

test('what needs a key that cannot be fetched is neither accepted nor explained away', async () => {
  const keyed: Source = {
    name: 'vendor',
    definition: {
      ...vendors.github.definition,
      verify: async (_, { fetchKey }) => ((await fetchKey('https://a.example')) ? 'valid' : 'stale'),
    },
  };

  expect(await firstOf(keyed, trialOf(signed({ source: vendors.github })))).toEqual([
    expect.stringContaining('could not be fetched'),
  ]);
});
