import { expect, test } from 'vitest';
import { activecampaign } from '../../../functions/sources/activecampaign.ts';
import { generic } from '../../../functions/sources/generic.ts';
import { findSheet, shapeInWords } from '../../../lib/ops/source-sheet.ts';

const configured = [generic('zapier'), activecampaign('github')];

test('a source is found by its name, before a kind of that name', () => {
  expect(findSheet(configured, 'zapier')).toMatchObject({
    ...{ source: 'zapier', kind: 'generic', path: '/v1/webhooks/zapier', proof: 'signature', retries: true },
    types: [{ type: 'lead.created', shape: 'hint', ordered: true, identity: 'content' }],
  });
  expect(findSheet(configured, 'github')).toMatchObject({ source: 'github', kind: 'activecampaign', retries: false });
});

test('a kind on the shelf is found though nobody has configured it', () => {
  const sheet = findSheet(configured, 'stripe');

  expect(sheet).toMatchObject({ kind: 'stripe', vendor: 'Stripe', window: expect.stringContaining('300 s') });
  expect(sheet).not.toHaveProperty('source');
});

test('what is neither is told with the nearest that is', () => {
  expect(() => findSheet(configured, 'strip')).toThrow("there is no source, nor a kind of source, 'strip'");
});

test('a shape is told with what is odd about it', () => {
  const type = { type: 'push', shape: 'delta', ordered: true, identity: 'id' } as const;

  expect(shapeInWords(type)).toBe('delta');
  expect(shapeInWords({ ...type, ordered: false })).toBe('delta, unordered');
  expect(shapeInWords({ ...type, identity: 'content' })).toBe('delta, told apart by its bytes');
});
