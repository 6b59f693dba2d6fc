import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fresh, Headers, ReadResult, Source, SourceRequest, Verdict } from '../../functions/core/source.ts';
import { check } from '../../functions/core/standard-schema.ts';
import { openDoor } from '../sources/door.ts';

export type SourceCase = {
  readonly source: Source;
  /** The header that holds the signature, in lower case. */
  readonly signatureHeader: string;
  /** The secret that is valid now, and the one before it. */
  readonly current: unknown;
  readonly previous: unknown;
  /** Secrets without a key in them: anybody could sign. */
  readonly empty: readonly unknown[];
  /** A secret that signs as an empty one does: HMAC fills keys up with zero bytes. */
  readonly zero: unknown;
};

const NOW = new Date('2026-11-20T09:30:00Z');
const PLAIN_KEY = /^[A-Za-z0-9._:-]{1,128}$/;
const RUNS = { numRuns: 200 };

/** What holds for every source connector. Specials of one connector belong below the call. */
export function sourceSuite(title: string, options: SourceCase): void {
  const { source, signatureHeader, current, previous } = options;
  const { definition } = source;
  const types = Object.keys(definition.types);
  const type = types[0]!;

  const signed = (body: string, by: unknown = current, serial = 1, ofType = type): SourceRequest => {
    const { headers } = definition.sign({ type: ofType, body, fresh: fresh(serial) }, by);
    return { method: 'POST', rawQuery: '', headers, body: Buffer.from(body) };
  };
  const sample = (ofType = type, serial = 1, by: unknown = current) =>
    signed(JSON.stringify(definition.types[ofType]!.sample(fresh(serial))), by, serial, ofType);
  const verify = async (request: SourceRequest, ...secrets: unknown[]): Promise<Verdict> =>
    definition.verify(request, context(secrets.length > 0 ? secrets : [current]));
  const withSignature = (request: SourceRequest, value: Headers[string]): SourceRequest => ({
    ...request,
    headers: { ...request.headers, [signatureHeader]: value },
  });
  const read = ({ headers, body }: Pick<SourceRequest, 'headers' | 'body'>) =>
    definition.read({ headers, body, acceptedAt: NOW.getTime() });
  const signatureOf = (request: SourceRequest) => request.headers[signatureHeader] as string;

  describe(title, () => {
    test('knows at least one event type', () => {
      expect(types).not.toEqual([]);
    });

    describe.each(types)('a sample of %s', (ofType) => {
      test('verifies under the secret that signed it', async () => {
        expect(await verify(sample(ofType))).toBe('valid');
      });

      test('is read as an event of that type', () => {
        const [event] = eventsOf(read(sample(ofType)));

        expect(event?.type).toBe(ofType);
      });

      test('has a key that needs no hashing, the same for the same bytes', () => {
        const [first] = eventsOf(read(sample(ofType)));
        const [retried] = eventsOf(read(sample(ofType)));

        expect(first?.key).toMatch(PLAIN_KEY);
        expect(retried?.key).toBe(first?.key);
      });

      test('has a key of its own', () => {
        const keys = [1, 2, 3, 4, 5].flatMap((serial) => eventsOf(read(sample(ofType, serial))).map(keyOf));

        expect(new Set(keys).size).toBe(keys.length);
      });

      test('is read alike from what travels with it', () => {
        const request = sample(ofType);
        const carried = Object.entries(request.headers).filter(([name]) => definition.carries?.includes(name));

        const [event] = eventsOf(read({ headers: Object.fromEntries(carried), body: request.body }));

        expect(event).toEqual(eventsOf(read(request))[0]);
      });

      test('passes the door into the queue as it was sent', async () => {
        const door = openDoor(source, [current], NOW);
        const request = sample(ofType);

        const answer = await door.knock(request);

        expect(answer.status).toBe(200);
        const [envelope] = door.accepted();
        expect(envelope).toMatchObject({ type: ofType, source: source.name });
        expect(Buffer.from(envelope?.body ?? '', 'base64')).toEqual(request.body);
      });
    });

    test('refuses a body of which one byte was changed', async () => {
      const request = sample();

      await fc.assert(
        fc.asyncProperty(fc.nat(request.body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, difference) => {
          const body = Buffer.from(request.body);
          body[at]! ^= difference;
          expect(await verify({ ...request, body })).not.toBe('valid');
        }),
        RUNS,
      );
    });

    test('refuses a signature header of which one character was changed', async () => {
      const request = sample();
      const signature = signatureOf(request);
      const character = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));

      await fc.assert(
        fc.asyncProperty(fc.nat(signature.length - 1), character, async (at, replacement) => {
          fc.pre(signature[at] !== replacement);
          const changed = signature.slice(0, at) + replacement + signature.slice(at + 1);
          expect(await verify(withSignature(request, changed))).not.toBe('valid');
        }),
        RUNS,
      );
    });

    test('refuses a signature that was cut short, continued or wrapped', async () => {
      const request = sample();
      const signature = signatureOf(request);

      for (const wrong of ['', ' ', signature.slice(0, -1), `${signature}a`, `${signature}=`, `"${signature}"`]) {
        expect(await verify(withSignature(request, wrong)), wrong).not.toBe('valid');
      }
    });

    test('refuses a request without its signature header', async () => {
      const { [signatureHeader]: _, ...headers } = sample().headers;

      expect(await verify({ ...sample(), headers })).toBe('missing-header');
    });

    test('refuses two signature headers, whichever of them is right', async () => {
      const request = sample();
      const right = signatureOf(request);
      const wrong = signatureOf(sample(type, 2, previous));

      for (const lines of [[right, wrong], [wrong, right], [right, right], [right]]) {
        expect(await verify(withSignature(request, lines))).toBe('malformed-header');
      }
    });

    test('refuses signature headers that a gateway joined by a comma', async () => {
      const request = sample();
      const right = signatureOf(request);
      const wrong = signatureOf(sample(type, 2, previous));

      for (const comma of [',', ', ', ' , ']) {
        for (const lines of [
          [right, wrong],
          [wrong, right],
          [right, right],
        ]) {
          expect(await verify(withSignature(request, lines.join(comma))), lines.join(comma)).not.toBe('valid');
        }
      }
    });

    test('verifies under either secret while both are valid', async () => {
      expect(await verify(sample(type, 1, previous), current, previous)).toBe('valid');
      expect(await verify(sample(type, 1, current), current, previous)).toBe('valid');
    });

    test('refuses a signature by a secret that is no longer valid', async () => {
      expect(await verify(sample(type, 1, previous), current)).toBe('bad-signature');
    });

    test('refuses a signature by an empty secret, even where one is configured', async () => {
      for (const empty of options.empty) {
        expect(await verify(sample(type, 1, options.zero), empty)).toBe('bad-signature');
        expect(await check(definition.connection, empty)).toHaveProperty('problems');
      }
    });

    test('refuses everything when no secret is configured', async () => {
      expect(await definition.verify(sample(), context([]))).toBe('bad-signature');
    });

    test('does not mind the order of the headers, nor others beside them', async () => {
      const request = sample();
      const reversed = Object.entries(request.headers).reverse();
      const headers = Object.fromEntries([['x-forwarded-for', '192.0.2.1'], ...reversed, ['cookie', ['a=1', 'b=2']]]);

      expect(await verify({ ...request, headers })).toBe('valid');
      expect(read({ ...request, headers })).toEqual(read(request));
    });

    test('judges whatever arrives without throwing', async () => {
      const right = sample();
      const text = fc.string({ unit: 'binary', maxLength: 20 });
      const value = fc.oneof(text, fc.array(text, { maxLength: 3 }));
      const headers = fc.dictionary(fc.constantFrom(...Object.keys(right.headers)), value, { maxKeys: 5 });
      const pieces = fc.tuple(headers, fc.uint8Array({ maxLength: 100 }), fc.boolean());

      await fc.assert(
        fc.asyncProperty(pieces, async ([changed, body, keep]) => {
          const request = { ...right, body: Buffer.from(body), headers: { ...(keep && right.headers), ...changed } };
          expect(await verify(request)).toMatch(/^(missing-header|malformed-header|bad-signature|stale)$/);
        }),
        RUNS,
      );
    });

    test('lets any signed body through the door, readable or not', async () => {
      const anything = fc.oneof(fc.string({ minLength: 1 }), fc.json(), fc.constantFrom('null', '[]', '{}', '"', '{'));

      await fc.assert(
        fc.asyncProperty(anything, async (body) => {
          const door = openDoor(source, [current], NOW);
          expect(await door.knock(signed(body))).toMatchObject({ status: 200 });
          expect(door.accepted()).toHaveLength(1);
          expect(door.accepted()[0]?.key).not.toBe('');
        }),
        RUNS,
      );
    });
  });
}

/** The fresh values of the n-th sample, the same at every run. */
export const fresh = (serial: number): Fresh => ({
  id: `${serial.toString(36)}`.padEnd(8, 'q').padEnd(24, 'x7'),
  number: 1_000_000 + serial,
  now: NOW,
});

const context = (secrets: readonly unknown[]) => ({
  secrets,
  publicUrl: 'https://hub.example',
  now: NOW.getTime(),
  fetchKey: async () => Promise.reject(new Error('no key was provided')),
});

const keyOf = ({ key }: { key: string }) => key;

function eventsOf(read: ReadResult) {
  if ('unreadable' in read) throw new Error(`unreadable: ${read.unreadable}`);
  return read.events;
}
