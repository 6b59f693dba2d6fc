import { describe, expect, test } from 'vitest';
import { make } from '../../functions/sources/make.ts';
import { authorizationMeans, both, sourceSuite } from '../suites/source-suite.ts';

sourceSuite('make, with a key in a header', {
  source: make('make'),
  proofIn: { header: 'x-make-apikey' },
  current: both({ value: 'jL8EtrlB3A2gYYvOZ5ptBLutQlTsHsYI' }),
  previous: both({ value: 'wo8vbNis86TkTvEHb78mGlZ6Kggu4tTC' }),
  empty: [{ value: '' }],
  zero: { value: '' },
});

sourceSuite('make, with HTTP Basic', {
  source: make('make', { scheme: 'basic' }),
  proofIn: { header: 'authorization' },
  meaningOf: authorizationMeans,
  current: both({ username: 'make', password: '82zfFGohvkzlyCc5R2tQWvtqb9' }),
  previous: both({ username: 'make', password: 'bc7shIE4dlCCTLZMfXBWHk10mL' }),
  empty: [{ username: 'make', password: '' }],
  zero: { username: 'make', password: '' },
});

describe('the options of Make', () => {
  test('say where the body has what', () => {
    const { definition } = make('scenarios', { paths: { id: 'run.id', entityId: 'lead.id' }, identity: 'id' });
    const body = Buffer.from('{"run":{"id":"r-1"},"lead":{"id":7}}');

    expect(definition.read({ headers: {}, body, acceptedAt: 0 })).toMatchObject({
      events: [{ key: 'r-1', eventId: 'r-1', entityId: '7', type: 'untyped' }],
    });
  });

  test('are refused where they are not Make’s', () => {
    expect(() => make('scenarios', { scheme: 'hmac' } as object)).toThrow(
      "[syncline] [make] option 'scheme' must be 'header' or 'basic', not \"hmac\"",
    );
    expect(() => make('scenarios', { header: 'x-key' } as object)).toThrow(
      "[syncline] [make] there is no option 'header': options are scheme, paths, identity, types",
    );
  });

  test('decide what the sheet asks for', () => {
    const fields = (source: ReturnType<typeof make>) => source.definition.sheet.needs.map(({ field }) => field);

    expect(fields(make('scenarios'))).toEqual(['value']);
    expect(fields(make('scenarios', { scheme: 'basic' }))).toEqual(['username', 'password']);
  });
});
