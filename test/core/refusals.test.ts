/** Requests that are not let in: what the sender is told, and what we are. */
import { describe, expect, it } from 'vitest';
import type { SourceRequest } from '../../functions/core/source.ts';
import { given } from './given-accept.ts';

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
