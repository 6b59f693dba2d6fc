import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstText } from '../../../functions/sources/common/body.ts';
import { exactNumber, parseExactly, partOf } from '../../../functions/sources/common/json.ts';

/** Any number that JSON can write, in any of its spellings. */
const digits = (constraints: fc.StringConstraints) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), ...constraints });
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.tuple(fc.constantFrom(...'123456789'), digits({ maxLength: 40 })).map((parts) => parts.join('')),
    ),
    fc.option(digits({ minLength: 1, maxLength: 25 }), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'E-'), digits({ minLength: 1, maxLength: 4 })), {
      nil: undefined,
    }),
  )
  .map(([sign, whole, fraction, exponent]) =>
    [sign, whole, fraction === undefined ? '' : `.${fraction}`, ...(exponent ?? [])].join(''),
  );

describe('parsing exactly', () => {
  test('gives back any number as it stood, wherever it stood', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        for (const json of [text, `[${text}]`, `{"a":{"b":[0,${text}]}}`]) {
          expect(partOf(parseExactly(json)).toString()).toBe(json);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('gives back any document as JSON would write it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const plain = JSON.stringify(JSON.parse(json));

        expect(JSON.parse(partOf(parseExactly(json)).toString())).toEqual(JSON.parse(json));
        expect(partOf(parseExactly(Buffer.from(plain))).toString()).toBe(plain);
      }),
    );
  });

  test.each(['35.0', '-0', '1e2', '1E400', '12345678901234567890', '0.1000', '1.7976931348623157e309'])(
    'keeps %s',
    (text) => {
      expect(exactNumber(parseExactly(text))).toBe(text);
    },
  );

  test.each(['9007199254740992', '9007199254740993', '12345678901234567000', '1e+40'])(
    'keeps %s, which another number might have become',
    (text) => {
      expect(exactNumber(parseExactly(text))).toBe(text);
      expect(firstText(parseExactly(`{"id":${text}}`), 'id')).toBe(text);
    },
  );

  test('leaves plain numbers plain', () => {
    expect(parseExactly('{"a":[1,-2.5,9007199254740991]}')).toEqual({ a: [1, -2.5, Number.MAX_SAFE_INTEGER] });
    expect(exactNumber(7)).toBeUndefined();
    expect(exactNumber('7')).toBeUndefined();
  });

  test('gives text of any number, digit by digit', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        expect(firstText(parseExactly(`{"id":${text}}`), 'id')).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps a name that every object inherits as a name of its own', () => {
    const json = '{"__proto__":{"isAdmin":true},"constructor":1.0}';

    expect(partOf(parseExactly(json)).toString()).toBe(json);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test.each(['', '{', '01', '1.', 'NaN', '{"a":1,}', "'a'"])('refuses %j', (text) => {
    expect(() => parseExactly(text)).toThrow(SyntaxError);
  });
});
