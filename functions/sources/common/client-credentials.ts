/** OAuth 2.0's grant for an application itself, where a vendor gives its keys, or its word, only to such. */
import * as z from 'zod/mini';
import type { FetchKey } from '../../core/source.ts';
import { FORM } from './form.ts';

/** Vendors' tokens live for hours; one that they withdrew is forgotten soon. */
const KEPT_MS = 600_000;

/** An application as the vendor registered it. */
export const ClientCredentials = {
  clientId: z.string().check(z.minLength(1)),
  clientSecret: z.string().check(z.minLength(1)),
};

const Answer = z.object({ access_token: z.string().check(z.minLength(1)) });

/**
 * @param url The vendor's token endpoint.
 * @returns The header by which the application is known.
 * @throws Error when the vendor gives no token.
 */
export async function bearerOf(
  fetchKey: FetchKey,
  url: string,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
  more: Readonly<Record<string, string>> = {},
): Promise<{ authorization: string }> {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const answer = await fetchKey(url, {
    headers: { authorization: `Basic ${basic}` },
    post: { contentType: FORM, body: new URLSearchParams({ grant_type: 'client_credentials', ...more }).toString() },
    keepMs: KEPT_MS,
  });
  return { authorization: `Bearer ${z.parse(Answer, JSON.parse(answer)).access_token}` };
}
