import { describe, expect, test } from 'vitest';
import { easypost } from '../../functions/sources/easypost.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';

const source = easypost('easypost');
const second = easypost('easypost', { signature: 'v2' });
/** In composed letters: EasyPost signs with the decomposed ones. */
const CURRENT = { secret: 's\u00e9cret-7vnxEw1orK8QDgETsI' };

const connections = {
  current: both(CURRENT),
  previous: both({ secret: 'sécret-LyPpptO4MKPqltZE6B' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
};

sourceSuite('easypost', { source, proofIn: { header: 'x-hmac-signature' }, ...connections });

sourceSuite('easypost, signature v2', {
  source: second,
  proofIn: { header: 'x-hmac-signature-v2' },
  signedHeaders: ['x-timestamp', 'x-path'],
  ...connections,
});

const URL_THERE = 'https://hub.example/v1/webhooks/easypost';
const signed = ({ definition } = source) => {
  const { headers } = definition.sign(
    { type: 'tracker.updated', body: '{}', fresh: fresh(1), url: URL_THERE },
    CURRENT,
  );
  return { method: 'POST', rawQuery: '', headers, body: Buffer.from('{}') };
};
const context = { secrets: [CURRENT], publicUrl: URL_THERE, now: fresh(1).now.getTime(), fetchKey: async () => '' };

describe('EasyPost’s secret', () => {
  test('is the same in composed and in decomposed letters', () => {
    const decomposed = { ...context, secrets: [{ secret: 'se\u0301cret-7vnxEw1orK8QDgETsI' }] };

    expect(source.definition.verify(signed(), decomposed)).toBe('valid');
  });
});

describe('EasyPost’s signature', () => {
  test('counts only if it is of the version that is configured', () => {
    expect(second.definition.verify(signed(source), context)).toBe('missing-header');
    expect(source.definition.verify(signed(second), context)).toBe('missing-header');
  });
});

describe('EasyPost’s signature v2', () => {
  const { verify } = second.definition;

  test('holds for one path, and one method', () => {
    expect(verify(signed(second), { ...context, publicUrl: `${URL_THERE}-2` })).toBe('bad-signature');
    expect(verify({ ...signed(second), method: 'PUT' }, context)).toBe('bad-signature');
  });

  test('does not hold where the path is missing or doubled', () => {
    const request = signed(second);
    const withPath = (path: string | string[] | undefined) => {
      const { 'x-path': _, ...headers } = request.headers;
      return { ...request, headers: { ...headers, ...(path !== undefined && { 'x-path': path }) } };
    };

    expect(verify(withPath(undefined), context)).toBe('missing-header');
    expect(verify(withPath(['/v1/webhooks/easypost', '/v1/webhooks/easypost']), context)).toBe('malformed-header');
  });

  test('may leave out the query or name it', () => {
    const withQuery = { ...signed(second), rawQuery: 'tenant=acme' };

    expect(verify(withQuery, context)).toBe('valid');
  });

  test('knows no window', () => {
    expect(verify(signed(second), { ...context, now: context.now + 86_400_000 })).toBe('valid');
  });
});

describe('the options', () => {
  test('may name further types', () => {
    const { definition } = easypost('easypost', { types: ['scan_form.created'] });

    expect(definition.types['scan_form.created']).toMatchObject({ shape: 'hint' });
  });

  test('are refused where they cannot be meant', () => {
    expect(() => easypost('easypost', { signature: 'v3' as 'v2' })).toThrow(
      "[syncline] [easypost] option 'signature' must be 'v1' or 'v2', not \"v3\"",
    );
  });
});
