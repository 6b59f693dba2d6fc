/**
 * What vendors show that do not sign: a token in the URL, HTTP Basic, or a header with a fixed value.
 *
 * None of it proves a byte of the body, so a connector that uses it has `proof: 'credential'`, and its events are hints.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Pair, Sample, Signed, SourceRequest, Verdict, VerifyContext } from '../../core/source.ts';
import { sameText } from './signature.ts';

/** Where our token stands in the URL that is given to the vendor. */
export const TOKEN_PARAMETER = 'token';
/** Shorter ones could be guessed by trying. */
const MIN_TOKEN_LENGTH = 24;

type TokenHash = { readonly tokenHash: string };

/**
 * The connection of a vendor that shows a token in the URL: `{ token }` when it is set, of which only the hash is stored.
 *
 * @param shape Further fields of the connection.
 */
export function tokenConnection<const Shape extends z.core.$ZodLooseShape = Record<never, never>>(
  shape: Shape = {} as Shape,
) {
  const token = z.string().check(z.regex(/^[A-Za-z0-9._~-]+$/), z.minLength(MIN_TOKEN_LENGTH));
  const tokenHash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
  const given = z.union([z.object({ ...shape, token }), z.object({ ...shape, tokenHash })]);
  return z.pipe(
    given,
    z.transform((value) => {
      const { token: text, ...others } = value as { token?: string; tokenHash?: string };
      return (text === undefined ? others : { ...others, tokenHash: hashOf(text) }) as TokenHash &
        z.output<z.ZodMiniObject<Shape>>;
    }),
  );
}

/** Whether the URL's token is the connection's. Anything but one `token` in the query is malformed. */
export function verifyToken({ rawQuery }: SourceRequest, { secrets }: VerifyContext<TokenHash>): Verdict {
  const [token, ...others] = new URLSearchParams(rawQuery).getAll(TOKEN_PARAMETER);
  if (token === undefined || token === '') return 'missing-credential';
  if (others.length > 0) return 'malformed-credential';
  const hash = hashOf(token);
  return secrets.some(({ tokenHash }) => sameText(hash, tokenHash)) ? 'valid' : 'wrong-credential';
}

/** Both sides of a new connection with a token: we keep its hash, the vendor has the URL with it. */
export function tokenPair<Others extends object = object>(
  random: () => string,
  others: Others = {} as Others,
): Pair<{ token: string } & Others> {
  const token = random();
  return { connection: { ...others, tokenHash: hashOf(token) }, vendor: { ...others, token } };
}

/** The query of a vendor that was given a URL with a token. */
export const tokenQuery = ({ token }: { token: string }) => `${TOKEN_PARAMETER}=${token}`;

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

/** HTTP Basic: `{ username, password }`. */
export const BasicConnection = z.object({
  username: z.string().check(z.regex(/^[^:]*$/)),
  password: z.string().check(z.minLength(1)),
});
type Basic = z.output<typeof BasicConnection>;

export const verifyBasic = (request: SourceRequest, { secrets }: VerifyContext<Basic>): Verdict =>
  verifyAuthorization(request, 'Basic', secrets.filter(({ password }) => password !== '').map(encoded));

export const basicPair = (random: () => string): Pair<Basic> => same({ username: 'syncline', password: random() });

export const signBasic = (_sample: Sample, vendor: Basic): Signed => ({
  headers: { 'content-type': 'application/json', authorization: `Basic ${encoded(vendor)}` },
});

const encoded = ({ username, password }: Basic) => Buffer.from(`${username}:${password}`).toString('base64');

/** `Authorization: Bearer <token>`: `{ token }`. */
export const BearerConnection = z.object({ token: z.string().check(z.regex(/^[\x21-\x7e]+$/)) });
type Bearer = z.output<typeof BearerConnection>;

export const verifyBearer = (request: SourceRequest, { secrets }: VerifyContext<Bearer>): Verdict =>
  verifyAuthorization(
    request,
    'Bearer',
    secrets.map(({ token }) => token),
  );

export const bearerPair = (random: () => string): Pair<Bearer> => same({ token: random() });

export const signBearer = (_sample: Sample, { token }: Bearer): Signed => ({
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
});

/** The name of an authentication scheme may be in any letter case (RFC 9110, section 11.1); what follows may not. */
function verifyAuthorization({ headers }: SourceRequest, scheme: string, values: readonly string[]): Verdict {
  const given = headers.authorization;
  if (given === undefined || given === '') return 'missing-credential';
  if (typeof given !== 'string') return 'malformed-credential';
  const start = scheme.length + 1;
  const credentials = given.slice(start);
  if (given.slice(0, start).toLowerCase() !== `${scheme.toLowerCase()} ` || credentials === '') {
    return 'malformed-credential';
  }
  return values.some((value) => sameText(credentials, value)) ? 'valid' : 'wrong-credential';
}

/**
 * Whether a header holds one of some values, letter by letter.
 *
 * @param header In lower case.
 */
export function verifyHeader({ headers }: SourceRequest, header: string, values: readonly string[]): Verdict {
  const given = headers[header];
  if (given === undefined || given === '') return 'missing-credential';
  if (typeof given !== 'string') return 'malformed-credential';
  return values.some((value) => sameText(given, value)) ? 'valid' : 'wrong-credential';
}

/** Both sides of a new connection with a fixed value in a header: `{ [field]: value }`. */
export const headerPair =
  <const Field extends string>(field: Field) =>
  (random: () => string): Pair<Record<Field, string>> =>
    same({ [field]: random() } as Record<Field, string>);

/** The vendor holds the same as we. */
const same = <Both>(both: Both): Pair<Both> => ({ connection: both, vendor: both });
