/** Signatures that do not fit our copy of the secret, which may have been rotated: docs/delivery.md, rule 8. */
import { describe, expect, it } from 'vitest';
import type { SourceDefinition } from '../../functions/core/source.ts';
import { given, SECRET } from './given-accept.ts';

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

  it('with every secret there ever was is a bad signature', async () => {
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
