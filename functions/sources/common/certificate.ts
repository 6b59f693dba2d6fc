/** X.509 certificates by which vendors sign. */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** What NIST still allows of RSA. */
const MIN_KEY_BITS = 2_048;
/** Longer chains than that are nobody's. */
const MAX_INTERMEDIATES = 5;

export type Trust = {
  /** Names of which the certificate must have one, as its subject or an alternative. */
  readonly names: readonly string[];
  /**
   * To which certificates it must lead; one of them may be it itself. `any-issuer` gives that up: then whoever wrote such a
   * name into a certificate is believed. @default the public authorities that Node trusts
   */
  readonly anchors?: readonly string[] | 'any-issuer' | undefined;
  /** At which time all must be valid, in milliseconds since the epoch. */
  readonly now: number;
};

/**
 * The RSA certificate that a text of PEM begins with, if it is to be trusted. Others may follow, in any order, as links of
 * the chain. Limits that an issuer may have (names, length of the path) are not looked at, nor are revocations.
 */
export function trustedCertificate(pem: string, { names, anchors, now }: Trust): X509Certificate | undefined {
  const [certificate, ...others] = certificatesIn(pem);
  if (!certificate || others.length > MAX_INTERMEDIATES) return undefined;
  if (!names.some((name) => certificate.checkHost(name, { subject: 'always', wildcards: false }))) return undefined;
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_KEY_BITS) return undefined;
  if (anchors === 'any-issuer') return isValidAt(certificate, now) ? certificate : undefined;
  const trusted = anchors?.flatMap(certificatesIn) ?? rootAnchors();
  return leadsTo(trusted, certificate, others, now) ? certificate : undefined;
}

/** The certificates in a text of PEM, in their order; none for anything else. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/** Whether it is one of the anchors, or an issuer of it, an anchor or a link, leads to one; each valid at the time. */
function leadsTo(
  anchors: readonly X509Certificate[],
  certificate: X509Certificate,
  links: readonly X509Certificate[],
  now: number,
): boolean {
  if (!isValidAt(certificate, now)) return false;
  if (anchors.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256)) return true;
  const issuers = [...anchors, ...links].filter((issuer) => isIssuer(issuer, certificate));
  return issuers.some((issuer) => {
    const others = links.filter((link) => link !== issuer);
    return leadsTo(anchors, issuer, others, now);
  });
}

const isValidAt = ({ validFromDate, validToDate }: X509Certificate, now: number) =>
  validFromDate.getTime() <= now && now <= validToDate.getTime();

const isIssuer = (issuer: X509Certificate, certificate: X509Certificate) =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

let publicAuthorities: readonly X509Certificate[] | undefined;

/** Read once: there are more than a hundred. */
function rootAnchors(): readonly X509Certificate[] {
  publicAuthorities ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return publicAuthorities;
}
