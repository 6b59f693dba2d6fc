/** URLs as vendors sign them: as configured there, never as proxies pass them on. */
import type { SourceRequest, VerifyContext } from '../../core/source.ts';

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
