import { describe, expect, test } from 'vitest';
import { github } from '../../functions/sources/github.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';

const source = github('github');

sourceSuite('github', {
  source,
  proofIn: { header: 'x-hub-signature-256' },
  current: both({ secret: 'It’s a Secret to Everybody' }),
  previous: both({ secret: 'It was a Secret to Nobody' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

describe('a GitHub event', () => {
  const headers = { 'x-github-event': 'issues', 'x-github-delivery': '7912f022-17bc-4900-ad0b-908a5e2312ec' };
  const read = (body: string, more = {}) =>
    source.definition.read({ headers: { ...headers, ...more }, body: Buffer.from(body), acceptedAt: 0 });

  test('is named by its header and its action', () => {
    const body = '{"action":"opened","issue":{"id":7,"updated_at":"2026-11-20T09:30:00Z"}}';

    expect(read(body)).toMatchObject({
      events: [
        { type: 'issues.opened', entityId: '7', occurredAt: '2026-11-20T09:30:00Z', key: headers['x-github-delivery'] },
      ],
    });
  });

  test('may come as a form', () => {
    const form = `payload=${encodeURIComponent('{"action":"closed"}')}`;

    expect(read(form, { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({
      events: [{ type: 'issues.closed' }],
    });
    expect(source.definition.payload?.(Buffer.from(form), 'application/x-www-form-urlencoded')).toEqual({
      action: 'closed',
    });
  });

  test('without an id is unreadable', () => {
    expect(read('{}', { 'x-github-delivery': undefined })).toHaveProperty('unreadable');
  });
});
