import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentHint, contentKey, firstText, hashOf } from '../../../functions/sources/common/body.ts';

describe('the first text of a body', () => {
  const body = {
    ...{ id: 'e-1', empty: '', zero: 0, big: 2 ** 53, list: ['a', { id: 7 }], 'a.b': 'dotted' },
    order: { id: 42, total: 1.5, paid: true, customer: null },
  };

  test.each<[string | string[], string | undefined]>([
    ['id', 'e-1'],
    ['order.id', '42'],
    ['order.total', '1.5'],
    ['zero', '0'],
    ['list.0', 'a'],
    ['list.1.id', '7'],
    [['empty', 'missing', 'order.customer.id', 'id'], 'e-1'],
    ['big', undefined],
    ['order', undefined],
    ['order.paid', undefined],
    ['list', undefined],
    ['list.length', '2'],
    ['id.length', undefined],
    ['toString', undefined],
    ['__proto__', undefined],
    [[], undefined],
  ])('at %j is %j', (paths, text) => {
    expect(firstText(body, paths)).toBe(text);
  });

  test.each([undefined, null, 'id', 7, []])('of %j is none', (other) => {
    expect(firstText(other, 'id')).toBeUndefined();
  });
});

describe('a key of bytes', () => {
  const bytes = Buffer.from('{"a":1}');
  const at = (time: string) => Date.parse(time);

  test('is their hash, and the number of the window', () => {
    const hash = createHash('sha256').update(bytes).digest('hex');

    expect(contentKey(bytes, at('2026-11-20T09:30:00Z'))).toBe(`content:${hash}:249328`);
    expect(contentKey(bytes, 0, 24)).toBe(`content:${hashOf(bytes)}:0`);
  });

  test('is one within a window, and another at its edge', () => {
    const key = (time: string) => contentKey(bytes, at(time), 24);

    expect(key('2026-11-20T00:00:00.000Z')).toBe(key('2026-11-20T23:59:59.999Z'));
    expect(key('2026-11-20T23:59:59.999Z')).not.toBe(key('2026-11-21T00:00:00.000Z'));
  });

  test('needs no hashing by the ledger', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), fc.integer({ min: 1, max: 720 }), (any, acceptedAt, hours) => {
        expect(contentKey(Buffer.from(any), acceptedAt, hours)).toMatch(/^[A-Za-z0-9._:-]{1,128}$/);
      }),
    );
  });

  test('makes a hint of its type', () => {
    const sample = () => ({});

    expect(contentHint(sample)).toEqual({ shape: 'hint', identity: 'content', sample });
  });
});
