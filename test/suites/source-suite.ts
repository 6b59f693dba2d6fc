import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvents } from '../../functions/core/read.ts';
import type {
  FetchKey,
  Fresh,
  Headers,
  Pair,
  ReadResult,
  Source,
  SourceRequest,
  Verdict,
} from '../../functions/core/source.ts';
import { payloadOf } from '../../functions/core/source.ts';
import { check } from '../../functions/core/standard-schema.ts';
import { TOKEN_PARAMETER } from '../../functions/sources/common/credential.ts';
import { newPair } from '../../lib/laptop/vendor-side.ts';
import { openDoor } from '../sources/door.ts';

export type SourceCase = {
  readonly source: Source;
  /** Where the signature or the credential stands: a header, in lower case, the token in the query, or a place in the body. */
  readonly proofIn: { readonly header: string } | 'query' | BodyProof;
  /** Whether a credential alone is not enough: the body is looked into, and refused when it is not this vendor's. @default false */
  readonly checksBody?: boolean;
  /** The signature or credential without what means nothing in it, such as the case of hex. @default as it stands */
  readonly meaningOf?: (proof: string) => string;
  /** What of a body is signed, where not every byte has a meaning, as in a form that is signed decoded. @default its bytes */
  readonly signedPart?: (body: Buffer) => string;
  /** Headers of which every character is signed, in lower case: a timestamp, an id. */
  readonly signedHeaders?: readonly string[];
  /** Whether the URL is signed. @default false */
  readonly signsUrl?: boolean;
  /** The connection that is valid now, and the one before it; see `both`. */
  readonly current: Pair<unknown>;
  readonly previous: Pair<unknown>;
  /** Connections without a key in them: anybody could sign. */
  readonly empty?: readonly unknown[];
  /** What signs as an empty one does: HMAC fills keys up with zero bytes. */
  readonly zero?: unknown;
  readonly fetchKey?: FetchKey;
};

/** Of `Authorization: Basic …`, the scheme's name may be in any letter case; see `meaningOf`. */
export const authorizationMeans = (proof: string) => proof.replace(/^[a-z]+ /i, (scheme) => scheme.toLowerCase());

/** A credential in the body. */
export type BodyProof = {
  readonly read: (body: string) => string;
  /** None, one or two of them; a body that has no place for it stays as it is. */
  readonly write: (body: string, values: readonly string[]) => string;
  readonly of: (vendor: unknown) => string;
};

/** A connection of which the vendor holds the same as we. */
export const both = (connection: unknown): Pair<unknown> => ({ connection, vendor: connection });

const NOW = new Date('2026-11-20T09:30:00Z');
/** What does not apply to a connector is not there for it, rather than skipped: a skip says that something was not covered. */
const testWhere = (applies: unknown) => (applies ? test : () => {});
const PLAIN_KEY = /^[A-Za-z0-9._:-]{1,128}$/;
const RUNS = { numRuns: 200 };

/** What holds for every source connector. Specials of one connector belong below the call. */
export function sourceSuite(title: string, options: SourceCase): void {
  const { source, proofIn, current, previous, meaningOf = (proof: string) => proof } = options;
  const { definition } = source;
  const { encode = JSON.stringify, proof } = definition;
  const signedPart = options.signedPart ?? ((body: Buffer) => body.toString('base64'));
  const types = Object.keys(definition.types);
  const type = types[0]!;
  const header = typeof proofIn === 'object' && 'header' in proofIn ? proofIn.header : undefined;
  const inBody = typeof proofIn === 'object' && 'write' in proofIn ? proofIn : undefined;
  const method = definition.methods.find((name) => name === 'POST') ?? definition.methods[0]!;

  const signed = (unproved: string, by: unknown = current.vendor, serial = 1, ofType = type): SourceRequest => {
    const body = inBody ? inBody.write(unproved, [inBody.of(by)]) : unproved;
    const { headers, query = '' } = definition.sign({ type: ofType, body, fresh: fresh(serial), url: URL_THERE }, by);
    return { method, rawQuery: query, headers, body: Buffer.from(body) };
  };
  const sample = (ofType = type, serial = 1, by: unknown = current.vendor) =>
    signed(encode(definition.types[ofType]!.sample(fresh(serial))), by, serial, ofType);
  const contextOf = (connections: readonly unknown[]) => context(connections, options.fetchKey);
  const verify = async (request: SourceRequest, ...connections: unknown[]): Promise<Verdict> =>
    definition.verify(request, contextOf(connections.length > 0 ? connections : [current.connection]));
  const withHeader = (request: SourceRequest, name: string, value: Headers[string]): SourceRequest => ({
    ...request,
    headers: { ...request.headers, [name]: value },
  });
  const proofOf = (request: SourceRequest): string => {
    if (inBody) return inBody.read(request.body.toString());
    return header === undefined ? tokenIn(request) : (request.headers[header] as string);
  };
  /** With so many signatures or credentials, and none if there is none. */
  const withProofs = (request: SourceRequest, ...values: string[]): SourceRequest => {
    if (inBody) return { ...request, body: Buffer.from(inBody.write(request.body.toString(), values)) };
    if (header !== undefined) {
      const { [header]: _, ...others } = request.headers;
      const [value] = values;
      return {
        ...request,
        headers: value === undefined ? others : { ...others, [header]: values.length > 1 ? values : value },
      };
    }
    const tokens = values.map((value) => `${TOKEN_PARAMETER}=${encodeURIComponent(value)}`);
    return { ...request, rawQuery: tokens.join('&') };
  };
  const read = ({ headers, body }: Pick<SourceRequest, 'headers' | 'body'>) =>
    definition.read({ headers, body, acceptedAt: NOW.getTime() });
  const openHere = () =>
    openDoor(source, [current.connection], NOW, { publicUrl: URL_THERE, fetchKey: options.fetchKey });

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
        const travels = [...(definition.carries ?? []), 'content-type'];
        const carried = Object.entries(request.headers).filter(([name]) => travels.includes(name));

        const [event] = eventsOf(read({ headers: Object.fromEntries(carried), body: request.body }));

        expect(event).toEqual(eventsOf(read(request))[0]);
      });

      test('passes the door into the queue, and is what a flow can decode', async () => {
        const door = openHere();

        const answer = await door.knock(sample(ofType));

        expect(answer.status).toBe(200);
        const [envelope] = door.accepted();
        expect(envelope).toMatchObject({ type: ofType, source: source.name });
        const body = Buffer.from(envelope?.body ?? '', 'base64');
        expect(payloadOf(definition, body, envelope?.contentType ?? '')).toBeTypeOf('object');
      });

      test('counts as a hint where nothing proves its bytes', () => {
        const { shape, identity } = definition.types[ofType]!;

        expect(proof === 'signature' && identity !== 'content' ? 'hint' : shape).toBe('hint');
      });
    });

    testWhere(proof === 'signature')('refuses a body of which one byte was changed', async () => {
      const request = sample();
      const right = signedPart(request.body);

      await fc.assert(
        fc.asyncProperty(fc.nat(request.body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, difference) => {
          const body = Buffer.from(request.body);
          body[at]! ^= difference;
          fc.pre(signedPart(body) !== right);
          expect(await verify({ ...request, body })).not.toBe('valid');
        }),
        RUNS,
      );
    });

    test('refuses a signature or credential of which one character was changed', async () => {
      const request = sample();
      const meaning = meaningOf(proofOf(request));
      const changes = changeOf(proofOf(request)).filter((changed) => meaningOf(changed) !== meaning);

      await fc.assert(
        fc.asyncProperty(changes, async (changed) => {
          expect(await verify(withProofs(request, changed))).not.toBe('valid');
        }),
        RUNS,
      );
    });

    test.each(options.signedHeaders ?? [])(
      'refuses a request of which one character of %s was changed',
      async (name) => {
        const request = sample();

        await fc.assert(
          fc.asyncProperty(changeOf(request.headers[name] as string), async (changed) => {
            expect(await verify(withHeader(request, name, changed))).not.toBe('valid');
          }),
          RUNS,
        );
      },
    );

    testWhere(options.signsUrl)('refuses a request of which one character of the URL was changed', async () => {
      const request = sample();

      await fc.assert(
        fc.asyncProperty(changeOf(URL_THERE), async (publicUrl) => {
          const elsewhere = { ...contextOf([current.connection]), publicUrl };
          expect(await definition.verify(request, elsewhere)).not.toBe('valid');
        }),
        RUNS,
      );
      expect(await verify({ ...request, rawQuery: `${request.rawQuery}x=1` })).not.toBe('valid');
    });

    test('refuses a signature or credential that was cut short, continued or wrapped', async () => {
      const request = sample();
      const right = proofOf(request);

      for (const wrong of ['', ' ', right.slice(0, -1), `${right}a`, `${right}=`, `"${right}"`]) {
        expect(await verify(withProofs(request, wrong)), wrong).not.toBe('valid');
      }
    });

    test('refuses a request without its signature or credential', async () => {
      expect(await verify(withProofs(sample()))).toBe(proof === 'signature' ? 'missing-header' : 'missing-credential');
    });

    test('refuses two signatures or credentials, whichever of them is right', async () => {
      const request = sample();
      const right = proofOf(request);
      const wrong = proofOf(sample(type, 2, previous.vendor));
      const malformed = proof === 'signature' ? 'malformed-header' : 'malformed-credential';

      for (const lines of [
        [right, wrong],
        [wrong, right],
        [right, right],
      ]) {
        expect(await verify(withProofs(request, ...lines))).toBe(malformed);
      }
    });

    test('refuses headers that a gateway joined by a comma', async () => {
      const request = sample();
      const right = proofOf(request);
      const wrong = proofOf(sample(type, 2, previous.vendor));

      for (const comma of [',', ', ', ' , ']) {
        for (const lines of [
          [right, wrong],
          [wrong, right],
          [right, right],
        ]) {
          expect(await verify(withProofs(request, lines.join(comma))), lines.join(comma)).not.toBe('valid');
        }
      }
    });

    test('verifies under either connection while both are valid', async () => {
      const connections = [current.connection, previous.connection];

      expect(await verify(sample(type, 1, previous.vendor), ...connections)).toBe('valid');
      expect(await verify(sample(type, 1, current.vendor), ...connections)).toBe('valid');
    });

    test('refuses what a connection signed that is no longer valid', async () => {
      const verdict = proof === 'signature' ? 'bad-signature' : 'wrong-credential';

      expect(await verify(sample(type, 1, previous.vendor), current.connection)).toBe(verdict);
    });

    testWhere(options.empty)('refuses a signature by an empty secret, even where one is configured', async () => {
      for (const empty of options.empty ?? []) {
        expect(await verify(sample(type, 1, options.zero), empty)).not.toBe('valid');
        expect(await check(definition.connection, empty)).toHaveProperty('problems');
      }
    });

    test('stores a connection that fits again', async () => {
      const first = await check(definition.connection, current.vendor);
      const stored = await check(definition.connection, current.connection);

      expect(stored).toEqual({ value: current.connection });
      expect('value' in first ? first : stored).toEqual(stored);
    });

    test('signs by a new pair, as a laptop keeps it, what verifies by that pair alone', async () => {
      const { connection, vendor } = JSON.parse(JSON.stringify(newPair(definition)));

      expect(await check(definition.connection, connection)).toEqual({ value: connection });
      expect(await verify(sample(type, 1, vendor), connection)).toBe('valid');
      expect(await verify(sample(type, 1, vendor), current.connection)).not.toBe('valid');
    });

    test('refuses everything when no connection is configured', async () => {
      const verdict = proof === 'signature' ? 'bad-signature' : 'wrong-credential';

      expect(await definition.verify(sample(), contextOf([]))).toBe(verdict);
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
      const pieces = fc.tuple(headers, fc.uint8Array({ maxLength: 100 }), text, fc.boolean());
      const verdicts = new RegExp(`^(${VERDICTS.join('|')}${proof === 'signature' ? '' : '|valid'})$`);

      await fc.assert(
        fc.asyncProperty(pieces, async ([changed, body, rawQuery, keep]) => {
          const kept = keep ? right : { ...right, headers: {}, rawQuery };
          const request = { ...kept, body: Buffer.from(body), headers: { ...kept.headers, ...changed } };
          expect(await verify(request)).toMatch(verdicts);
        }),
        RUNS,
      );
    });

    test('lets any signed body through the door, readable or not, and loses no event of it', async () => {
      const answers = options.checksBody ? [200, 401] : [200];
      const anything = fc.oneof(fc.string({ minLength: 1 }), fc.json(), fc.constantFrom('null', '[]', '{}', '"', '{'));

      await fc.assert(
        fc.asyncProperty(anything, async (body) => {
          const door = openHere();
          const request = signed(body);
          const received = {
            headers: request.headers,
            body: request.body,
            contentEncoding: '',
            acceptedAt: NOW.getTime(),
          };
          const events = readEvents(definition, received);

          const { status } = await door.knock(request);

          expect(answers).toContain(status);
          const read = 'events' in events ? events.events.length : 1;
          expect(door.accepted()).toHaveLength(status === 200 ? read : 0);
          expect(door.accepted().every(({ key }) => key !== '')).toBe(true);
        }),
        RUNS,
      );
    });
  });
}

const URL_THERE = 'https://hub.example/v1/webhooks/vendor';
const VERDICTS = [
  'missing-header',
  'malformed-header',
  'bad-signature',
  'stale',
  'missing-credential',
  'malformed-credential',
  'wrong-credential',
];

const tokenIn = ({ rawQuery }: SourceRequest) => new URLSearchParams(rawQuery).get(TOKEN_PARAMETER) ?? '';

/** A text of visible characters of which one was replaced. */
function changeOf(text: string) {
  const character = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
  return fc
    .tuple(fc.nat(text.length - 1), character)
    .filter(([at, replacement]) => text[at] !== replacement)
    .map(([at, replacement]) => text.slice(0, at) + replacement + text.slice(at + 1));
}

/** The fresh values of the n-th sample, the same at every run. */
export const fresh = (serial: number): Fresh => ({
  id: `${serial.toString(36)}`.padEnd(8, 'q').padEnd(24, 'x7'),
  number: 1_000_000 + serial,
  now: NOW,
});

const context = (secrets: readonly unknown[], fetchKey: FetchKey | undefined) => ({
  secrets,
  publicUrl: URL_THERE,
  now: NOW.getTime(),
  fetchKey: fetchKey ?? (async () => Promise.reject(new Error('no key was provided'))),
});

const keyOf = ({ key }: { key: string }) => key;

function eventsOf(read: ReadResult) {
  if ('unreadable' in read) throw new Error(`unreadable: ${read.unreadable}`);
  return read.events;
}
