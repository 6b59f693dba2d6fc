import { describe, expect, test } from 'vitest';
import { activecampaign } from '../../functions/sources/activecampaign.ts';
import { tokenPair } from '../../functions/sources/common/credential.ts';
import { sourceSuite } from '../suites/source-suite.ts';

const source = activecampaign('activecampaign');

sourceSuite('activecampaign', {
  source,
  proofIn: 'query',
  current: tokenPair(() => 'fiZWY7WfX3KN93F2EveJhOK54x2VEH0V'),
  previous: tokenPair(() => 'rRsZ7RHVI0wjmbDedJjyaTUTd70iBhXs'),
});

describe('an ActiveCampaign event', () => {
  test('takes its time to UTC and its record from the contact or the deal', () => {
    const body = Buffer.from('type=update&date_time=2026-11-12T10%3A29%3A51%2B01%3A00&contact%5Bid%5D=42');

    expect(source.definition.read({ headers: {}, body, acceptedAt: 0 })).toMatchObject({
      events: [{ type: 'update', occurredAt: '2026-11-12T09:29:51Z', entityId: '42', eventId: null }],
    });
  });
});
