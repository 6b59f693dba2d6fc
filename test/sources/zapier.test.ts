import { describe, expect, test } from 'vitest';
import { zapier } from '../../functions/sources/zapier.ts';
import { authorizationMeans, both, sourceSuite } from '../suites/source-suite.ts';

sourceSuite('zapier, with a bearer token', {
  source: zapier('zapier'),
  proofIn: { header: 'authorization' },
  meaningOf: authorizationMeans,
  current: both({ token: 'TddrvHu9FZP6V6O5tviSKFXQMu3qG7Zf' }),
  previous: both({ token: 'cgm6g0Sw2Qy01MsSdvbH6QJd4pCXNszP' }),
  empty: [{ token: '' }],
  zero: { token: '' },
});

sourceSuite('zapier, with a header', {
  source: zapier('zapier', { scheme: 'header', header: 'X-Zap-Key' }),
  proofIn: { header: 'x-zap-key' },
  current: both({ value: 'TddrvHu9FZP6V6O5tviSKFXQMu3qG7Zf' }),
  previous: both({ value: 'cgm6g0Sw2Qy01MsSdvbH6QJd4pCXNszP' }),
  empty: [{ value: '' }],
  zero: { value: '' },
});

sourceSuite('zapier, of connections', {
  source: zapier('zapier', { scheme: 'standard-webhooks' }),
  proofIn: { header: 'webhook-signature' },
  signedHeaders: ['webhook-id', 'webhook-timestamp'],
  current: both({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }),
  previous: both({ secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' }),
  empty: [{ secret: '' }, { secret: 'whsec_' }],
  zero: { secret: 'whsec_AA==' },
});

describe('the options of Zapier', () => {
  test('decide how a request proves itself', () => {
    expect(zapier('zaps').definition).toMatchObject({ kind: 'zapier', proof: 'credential', retries: false });
    expect(zapier('zaps', { scheme: 'standard-webhooks' }).definition).toMatchObject({
      ...{ kind: 'zapier', proof: 'signature' },
      sheet: { vendor: 'Zapier', needs: [{ field: 'secret' }] },
    });
  });

  test('may declare the types of connections', () => {
    const types = { 'connection.paused': { shape: 'hint', sample: () => ({}) } } as const;

    const { definition } = zapier('zaps', { scheme: 'standard-webhooks', types });

    expect(Object.keys(definition.types)).toEqual(['connection.paused']);
  });

  test.each<[string, object, string]>([
    [
      'the paths of what is standard',
      { scheme: 'standard-webhooks', paths: {} },
      "there is no option 'paths': options are scheme, types",
    ],
    ['a header without its scheme', { header: 'X-Key' }, "there is no option 'header': options are scheme, paths"],
    ['a scheme without its header', { scheme: 'header' }, "option 'header' must be the name of a header"],
    [
      'another scheme',
      { scheme: 'hmac' },
      "option 'scheme' must be 'bearer', 'basic', 'header' or 'standard-webhooks', not",
    ],
  ])('refuse %s', (_, options, message) => {
    expect(() => zapier('zaps', options)).toThrow(`[syncline] [zapier] ${message}`);
  });
});
