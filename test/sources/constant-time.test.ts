/**
 * How long a refusal takes tells nothing of the right signature: whatever differs, and wherever, the same comparison is made,
 * `timingSafeEqual` over the whole of both. Public keys have nothing to hide, so schemes that verify by one are not here.
 */
import { expect, test, vi } from 'vitest';
import type { SourceRequest } from '../../functions/core/source.ts';
import { sources } from '../../functions/sources/index.ts';
import { newPair } from '../../lib/laptop/vendor-side.ts';
import { fresh } from '../suites/source-suite.ts';

const compared = vi.hoisted((): number[][] => []);
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>();
  const timingSafeEqual: typeof real.timingSafeEqual = (one, other) => {
    compared.push([one.byteLength, other.byteLength]);
    return real.timingSafeEqual(one, other);
  };
  return { ...real, timingSafeEqual };
});

/** By a public key, or, of Amazon's notifications, by nothing secret. */
const WITHOUT_SECRET = ['amazon-sp-api', 'ebay', 'paypal', 'shipstation'];
const kinds = Object.entries(sources).filter(([kind]) => !WITHOUT_SECRET.includes(kind));
const URL_THERE = 'https://hub.example/v1/webhooks/vendor';
/** Where in the signature or credential a character is changed, from its end. */
const PLACES = [18, 12, 6, 3];

test.each(kinds)('%s compares the whole, wherever the difference is', async (_kind, create) => {
  const { definition } = create('vendor');
  const { connection, vendor } = newPair(definition);
  const request = signedBy(definition, vendor);
  const context = { secrets: [connection], publicUrl: URL_THERE, now: fresh(1).now.getTime(), fetchKey: unreachable };
  compared.length = 0;
  expect(await definition.verify(request, context)).toBe('valid');
  const whole = compared.splice(0);

  const made = [];
  for (const place of PLACES) {
    expect(await definition.verify(changed(request, place), context)).not.toBe('valid');
    made.push(compared.splice(0));
  }

  expect(whole).not.toEqual([]);
  expect(whole.every(([one, other]) => one === other && one! >= 16)).toBe(true);
  expect(new Set(made.map((lengths) => JSON.stringify(lengths))).size).toBe(1);
  expect(made[0]!.slice(0, 1)).toEqual(whole.slice(0, 1));
});

type Definition = ReturnType<(typeof kinds)[number][1]>['definition'];

function signedBy({ types, encode = JSON.stringify, sign }: Definition, vendor: unknown): SourceRequest {
  const [type, { sample }] = Object.entries(types)[0]!;
  const body = encode(sample(fresh(1)));
  const { headers, query = '' } = sign({ type, body, fresh: fresh(1), url: URL_THERE }, vendor);
  return { method: 'POST', rawQuery: query, headers, body: Buffer.from(body) };
}

/** With another character in the token of the query, or in the header that holds a signature or a credential. */
function changed(request: SourceRequest, fromEnd: number): SourceRequest {
  if (request.rawQuery.startsWith('token=')) return { ...request, rawQuery: withOther(request.rawQuery, fromEnd) };
  const names = Object.keys(request.headers).filter(
    (name) => /signature|authorization|hmac|apikey|credential/.test(name) && !name.endsWith('timestamp'),
  );
  const headers = names.map((name) => [name, withOther(String(request.headers[name]), fromEnd)]);
  return { ...request, headers: { ...request.headers, ...Object.fromEntries(headers) } };
}

function withOther(text: string, fromEnd: number): string {
  const at = text.length - fromEnd;
  return text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1);
}

const unreachable = async () => Promise.reject(new Error('no key was provided'));
