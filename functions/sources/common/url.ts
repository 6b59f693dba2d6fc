/** URLs as vendors sign them: as configured there, never as proxies pass them on. */
import * as z from 'zod/mini';
import type { Need } from '../../core/data-sheet.ts';
import type { SourceRequest, VerifyContext } from '../../core/source.ts';

/** The connection of a vendor that signs its URL: `{ secret, publicUrl? }`. */
export const UrlSecretConnection = z.object({
  secret: z.string().check(z.minLength(1)),
  publicUrl: z.optional(z.string().check(z.regex(/^https?:\/\/[^?#\s]+$/))),
});

export const PUBLIC_URL_NEED: Need = {
  field: 'publicUrl',
  what: 'the URL as registered at the vendor, without a query, where that is not the source’s own',
  isSecret: false,
  isOptional: true,
};

/**
 * The URL that a vendor signed: the connection's `publicUrl`, or else the hub's, and the query exactly as it was sent.
 *
 * @param connection Its `publicUrl` is the URL as registered at the vendor, without a query, where that is not the hub's.
 */
export function signedUrl(
  { rawQuery }: SourceRequest,
  { publicUrl }: Pick<VerifyContext<unknown>, 'publicUrl'>,
  connection: { readonly publicUrl?: string | undefined },
): string {
  const base = connection.publicUrl ?? publicUrl;
  return rawQuery === '' ? base : `${base}?${rawQuery}`;
}

/**
 * A URL that a request names, if it may be called: over https, on a host that `isHost` knows, without a user, a port of its
 * own or a fragment. Anything else could lead us, and what we send along, elsewhere.
 */
export function callableUrl(text: string, isHost: (host: string) => boolean): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.port === '' && url.hash === '';
  return url.protocol === 'https:' && isPlain && isHost(url.hostname) ? url : undefined;
}
