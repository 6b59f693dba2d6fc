import { describe, expect, test } from 'vitest';
import { tokenPair } from '../../functions/sources/common/credential.ts';
import { rippling } from '../../functions/sources/rippling.ts';
import { sourceSuite } from '../suites/source-suite.ts';

const source = rippling('rippling');

sourceSuite('rippling', {
  source,
  proofIn: 'query',
  current: tokenPair(() => 'nQ4tV8xZ1bC6mK3jH9gF2dS7aP5oI0uY'),
  previous: tokenPair(() => 'yU0iO5pA7sD2fG9hJ3kM6cB1zX8vT4qN'),
});

describe('a Rippling event', () => {
  const read = (form: string) => source.definition.read({ headers: {}, body: Buffer.from(form), acceptedAt: 0 });

  test('is about the record it names', () => {
    expect(read('event_name=employee.updated&id=e-1&company_id=c-1')).toMatchObject({
      events: [{ type: 'employee.updated', eventId: null, occurredAt: null, entityId: 'e-1' }],
    });
  });

  test('of the company is about no record', () => {
    expect(read('event_name=company.updated&company_id=c-1')).toMatchObject({ events: [{ entityId: null }] });
  });

  test('without a name is unreadable', () => {
    expect(() => read('id=e-1')).toThrow('event_name');
  });
});
