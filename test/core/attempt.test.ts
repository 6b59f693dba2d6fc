/** What a flow's code may come to, and payloads that it is never given. */
import { describe, expect, it } from 'vitest';
import { envelope, flowOf, hub } from './given.ts';
import { failure, given, type Run, upsert } from './given-attempt.ts';

describe('an attempt', () => {
  it.each<[string, Run, unknown]>([
    ['that skips says why', async () => ({ skip: 'no address' }), { state: 'skipped', reason: 'no address' }],
    [
      'that throws is a bug',
      async () => {
        throw new TypeError('no such field');
      },
      failure('TypeError', 'bug'),
    ],
    ['that returns nothing is a bug', async () => undefined as never, failure('TypeError', 'bug')],
  ])('%s', async (_, run, then) => {
    const { tryIt } = await given(run);

    const { outcome } = await tryIt();

    expect(outcome).toEqual(then);
  });

  it.each([
    ['a source that the flow no longer has', { source: 'till' }, 'source-gone', 'permanent'],
    ['a payload that is no JSON', { body: Buffer.from('<a/>').toString('base64') }, 'payload', 'validation'],
    ['an encoding that nobody knows', { contentEncoding: 'zstd' }, 'payload', 'validation'],
  ])('of %s stops', async (_, changes, code, errorClass) => {
    const at = hub(flowOf(async () => upsert));

    await at.deliver([at.accepted(changes)]);

    expect(at.row()).toMatchObject({ state: 'stopped', code, errorClass });
  });

  it('of a body that is not in the bucket any more stops', async () => {
    const at = hub(flowOf(async () => upsert));
    const { body: _, ...rest } = envelope({ object: 'bodies/1' });
    const copy = { ...at.accepted(), body: JSON.stringify(rest) };

    await at.deliver([copy]);

    expect(at.row()).toMatchObject({ state: 'stopped', code: 'body-gone', errorClass: 'permanent' });
  });
});
