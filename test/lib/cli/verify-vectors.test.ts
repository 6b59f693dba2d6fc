import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Vector } from '../../../lib/ops/vectors/vector.ts';
import selection from '../../fixtures/source-vectors.json' with { type: 'json' };
import { syncline } from '../../journeys/hub-process.ts';
import { expectedEvents } from '../../sources/expected.ts';

const vectors = selection as readonly Vector[];
const folder = mkdtempSync(join(tmpdir(), 'syncline-vectors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(content: unknown): string {
  const file = join(folder, 'vectors.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('"verify --vectors --json"', () => {
  test('prints one line for each vector, in their order, and nothing else', async () => {
    const { code, stdout, stderr } = await syncline('verify', '--vectors', fileOf(vectors), '--json');

    const lines = stdout.trimEnd().split('\n');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      vectors.map((vector) => ({
        ...{ id: vector.id, verdict: vector.expected },
        events: vector.expected === 'accept' ? expectedEvents(vector) : [],
      })),
    );
    expect(lines.flatMap((line) => JSON.parse(line).events).map((event) => Object.keys(event))).toEqual(
      expect.arrayContaining([['key', 'eventId', 'eventType', 'occurredAt', 'entityId']]),
    );
  });

  test('rejects whatever cannot be judged, and says why', async () => {
    const [right] = vectors as [Vector];
    const { request } = right;
    const given: [unknown, RegExp][] = [
      [null, /^not a vector: it is no object$/],
      [7, /no object/],
      ['text', /no object/],
      [[], /no object/],
      [{}, /not a vector: see id, scheme, request, now/],
      [{ ...right, request: null }, /see request$/],
      [{ ...right, request: { ...request, headers: { a: 7 } } }, /see request.headers.a$/],
      [{ ...right, request: { ...request, body: 7 } }, /see request.body$/],
      [{ ...right, request: { ...request, body: undefined, bodyBase64: '&&&' } }, /see request.bodyBase64$/],
      [{ ...right, now: 'yesterday' }, /see now$/],
      [{ ...right, secrets: 'whsec_1' }, /see secrets$/],
      [{ ...right, scheme: 'unheard-of' }, /no connector is named for the scheme 'unheard-of'/],
      [{ ...right, scheme: 'constructor' }, /no connector is named for the scheme 'constructor'/],
      [{ ...right, scheme: 'generic-hmac', keys: { generic: { headr: 'x' } } }, /there is no option 'headr'/],
      [{ ...right, secrets: [] }, /^no-secret$/],
      [{ ...right, request: { ...request, method: 'DELETE' } }, /^method$/],
    ];

    const { code, stdout } = await syncline('verify', '--vectors', fileOf(given.map(([value]) => value)), '--json');

    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines).toHaveLength(given.length);
    for (const [at, [, reason]] of given.entries()) {
      expect(JSON.parse(lines[at]!)).toMatchObject({
        ...{ id: lines[at]!.includes(right.id) ? right.id : null, verdict: 'reject', events: [] },
        reason: expect.stringMatching(reason),
      });
    }
  });

  test('judges a vector from which all was taken that judging does not need', async () => {
    const [right] = vectors as [Vector];
    const { id, scheme, request, secrets, now } = right;

    const { stdout } = await syncline('verify', '--vectors', fileOf([{ id, scheme, request, secrets, now }]), '--json');

    expect(JSON.parse(stdout)).toMatchObject({ id, verdict: 'accept', reason: 'accepted' });
  });

  test('takes two names that differ in their case for two lines of one header', async () => {
    const [right] = vectors as [Vector];
    const { 'Stripe-Signature': signature, ...others } = right.request.headers;
    const headers = { ...others, 'Stripe-Signature': 't=1,v1=00', 'stripe-signature': signature };

    const file = fileOf([{ ...right, request: { ...right.request, headers } }]);
    const { stdout } = await syncline('verify', '--vectors', file, '--json');

    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'reject', reason: 'malformed-header' });
  });

  test('prints nothing for an empty list', async () => {
    expect(await syncline('verify', '--vectors', fileOf([]), '--json')).toMatchObject({ code: 0, stdout: '' });
  });

  test.each([
    ['a file that is not there', undefined, 'not-found', /cannot be read: ENOENT$/],
    ['a file that is no JSON', '{ "secret": "whsec_', 'failed', /is not JSON$/],
    ['a file without a list', {}, 'failed', /holds no list$/],
  ])('fails for %s', async (_, content, code, message) => {
    const file = content === undefined ? join(folder, 'nowhere.json') : fileOf(content);

    const failed = await syncline('verify', '--vectors', file, '--json');

    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(failed.stderr)).toMatchObject({ error: { code, message: expect.stringMatching(message) } });
  });
});

test('"verify --vectors" counts for people, and names what came out otherwise', async () => {
  const [right, ...others] = vectors as [Vector, ...Vector[]];
  const wrong = { ...right, expected: 'reject' as const };

  const { code, stdout } = await syncline('verify', '--vectors', fileOf([wrong, ...others]));

  expect(code).toBe(0);
  expect(stdout).toMatch(/^scheme +accepted +rejected +otherwise than expected$/m);
  expect(stdout).toContain(`${right.id}: accept, accepted`);
  expect(stdout).toMatch(new RegExp(`^${vectors.length} vectors, 1 otherwise than expected$`, 'm'));
});

test('"verify" without anything to verify is wrong use', async () => {
  expect(await syncline('verify')).toMatchObject({ code: 2, stdout: '' });
});
