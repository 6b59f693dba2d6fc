import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldsOf, formObject, formOf } from '../../../functions/sources/common/form.ts';

const objectOf = (form: string) => formObject(Buffer.from(form));

describe('a form', () => {
  test('has its fields in the order sent, decoded, each as often as it came', () => {
    expect(fieldsOf(Buffer.from('b=1+%26&a=Zo%C3%AB&b=&c'))).toEqual([
      ['b', '1 &'],
      ['a', 'Zoë'],
      ['b', ''],
      ['c', ''],
    ]);
  });

  test.each<[string, object]>([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=2', { a: '2' }],
    ['a[b]=1&a[c]=2', { a: { b: '1', c: '2' } }],
    ['a%5Bb%5D%5Bc%5D=1', { a: { b: { c: '1' } } }],
    ['a[]=x&a[]=y', { a: { 0: 'x', 1: 'y' } }],
    ['a[1]=x&a[]=y', { a: { 1: 'x', 2: 'y' } }],
    ['a[k]=x&a[]=y', { a: { k: 'x', 0: 'y' } }],
    ['a[][b]=x&a[][b]=y', { a: { 0: { b: 'x' }, 1: { b: 'y' } } }],
    ['a=1&a[b]=2', { a: { b: '2' } }],
    ['a[b]=1&a=2', { a: '2' }],
    ['[a]=1&a[=2&a]=3', { '[a]': '1', 'a[': '2', 'a]': '3' }],
  ])('%s becomes the object that PHP would make', (form, object) => {
    expect(objectOf(form)).toEqual(object);
  });

  test('is written with PHP’s names, without what is absent', () => {
    expect(formOf({ a: 1, b: { c: ['x', true], d: null, e: undefined }, f: '' })).toBe(
      new URLSearchParams({ a: '1', 'b[c][0]': 'x', 'b[c][1]': 'true', f: '' }).toString(),
    );
  });

  test('comes back as the object that was written', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !/[[\]]/.test(text));
    const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
      tree: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, fc.string({ unit: 'grapheme' }), tie('tree')), {
        minKeys: 1,
        maxKeys: 3,
        noNullPrototype: true,
      }),
    }));

    fc.assert(
      fc.property(tree, (object) => {
        expect(JSON.parse(JSON.stringify(objectOf(formOf(object))))).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });

  test('never reaches what every object inherits', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'a', '');
    const field = fc.tuple(name, fc.array(name, { maxLength: 4 }), fc.string()).map(([first, others, value]) => {
      const path = first + others.map((other) => `[${other}]`).join('');
      return `${encodeURIComponent(path)}=${encodeURIComponent(value)}`;
    });

    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        const object = objectOf(fields.join('&'));

        expect(Object.getPrototypeOf(object)).toBeNull();
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
        expect(({} as { a?: unknown }).a).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
    expect(Object.keys(objectOf('__proto__[isAdmin]=1'))).toEqual(['__proto__']);
  });

  test('of any bytes is read without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(formObject(Buffer.from(bytes))).toBeTypeOf('object');
      }),
    );
  });

  test('of a very long list is read in time', () => {
    const fields = Array.from({ length: 200_000 }, () => 'a[]=');

    expect(Object.keys(objectOf(fields.join('&')).a as object)).toHaveLength(200_000);
  });
});
