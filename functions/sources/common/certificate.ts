/** X.509 certificates by which vendors sign. */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** The certificates in a text of PEM, in their order; none for anything else. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/** Longer chains than that are nobody's. */
const MAX_INTERMEDIATES = 5;

/**
 * Whether certificates lead from the first to one that is trusted, each valid at the time and signed by the next. Limits
 * that an issuer may have (names, length of the path) are not looked at, nor are revocations.
 *
 * @param certificates The one in question, and those that came with it, in any order.
 * @param anchors What is trusted, in itself and as an issuer if it is a CA.
 * @param now Milliseconds since the epoch.
 */
export function isTrusted(
  [certificate, ...others]: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: number,
): boolean {
  if (!certificate || others.length > MAX_INTERMEDIATES || !isValidAt(certificate, now)) return false;
  if (anchors.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256)) return true;
  const issuers = [...anchors, ...others].filter((issuer) => isIssuer(issuer, certificate));
  return issuers.some((issuer) => {
    const rest = others.filter((other) => other !== issuer);
    return isTrusted([issuer, ...rest], anchors, now);
  });
}

export const isValidAt = ({ validFromDate, validToDate }: X509Certificate, now: number) =>
  validFromDate.getTime() <= now && now <= validToDate.getTime();

const isIssuer = (issuer: X509Certificate, certificate: X509Certificate) =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

let publicAuthorities: readonly X509Certificate[] | undefined;

/** The public authorities that Node trusts, read once: there are more than a hundred. */
export function rootAnchors(): readonly X509Certificate[] {
  publicAuthorities ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return publicAuthorities;
}
