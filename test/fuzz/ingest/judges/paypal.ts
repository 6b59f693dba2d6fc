import { X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import ours from '../../../fixtures/sender-keys.json' with { type: 'json' };
import { type Draft, withHeader } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { common, isSignedBy, ourRsa, signatureBy, withKeys } from './asymmetric.ts';
import { genuineIf, lineOf } from './parts.ts';
import { iso } from './stamps.ts';

const PAYPAL = {
  ...{ id: 'paypal-transmission-id', time: 'paypal-transmission-time', signature: 'paypal-transmission-sig' },
  ...{ certificate: 'paypal-cert-url', algorithm: 'paypal-auth-algo' },
} as const;
const OUR_CERTIFICATE_URL = 'https://api.paypal.com/v1/notifications/certs/CERT-5eed5eed-5eed5eed';
const LEAF_ONLY = 'leaf-only';

export const paypalWithOurs = (vector: Vector): Vector => {
  const { certs, trustAnchors } = vector.keys ?? {};
  return withKeys(vector, {
    certs: { ...(certs as object), [OUR_CERTIFICATE_URL]: ours.certificate },
    trustAnchors: trustAnchors === LEAF_ONLY ? LEAF_ONLY : [...(trustAnchors as string[]), ours.authority],
  });
};

/** The checksum of the body is signed, not the body; and by whom, a certificate of PayPal's says. */
export function paypal(vector: Vector): Scheme {
  const { certs, trustAnchors, webhookId } = vector.keys ?? {};
  const parsed = Object.entries(certs as Record<string, string>).map(
    ([url, pem]) => [URL.parse(url)?.href, new X509Certificate(pem)] as const,
  );
  const certificates = new Map(parsed.filter(([, certificate]) => isTrusted(certificate, trustAnchors)));
  const content: Content = (id, time, body) => `${id}|${time}|${webhookId}|${crc32(body)}`;
  const isGenuine = ({ request: { headers, body }, now }: Arrival) => {
    const line = (name: keyof typeof PAYPAL) => lineOf(headers, PAYPAL[name]) ?? '';
    const certificate = certificates.get(URL.parse(line('certificate'))?.href);
    if (!certificate || !isPaypals(line('certificate')) || line('algorithm') !== 'SHA256withRSA') return false;
    if (line('id') === '' || line('time') === '' || !isValid(certificate, now)) return false;
    return isSignedBy(certificate.publicKey, 'sha256', line('signature'), content(line('id'), line('time'), body));
  };
  return {
    ...{ ...common, signature: PAYPAL.signature, time: PAYPAL.time },
    reads: (name) => name.startsWith('paypal-'),
    judge: (arrival) => genuineIf(isGenuine(arrival)),
    sign: (draft) => paypalSigned(draft, content),
    tricks: [
      ...EVIL_CERTIFICATE_URLS.map(
        (url) => (draft: Draft) => withHeader(paypalSigned(draft, content), PAYPAL.certificate, url),
      ),
      (draft) => withHeader(paypalSigned(draft, content, 'sha1'), PAYPAL.algorithm, 'SHA1withRSA'),
      (draft) => paypalSigned(draft, content, 'sha1'),
    ],
    mayAsk: isPaypals,
  };
}

const EVIL_CERTIFICATE_URLS = [
  'http://api.paypal.com/v1/notifications/certs/CERT-1',
  'https://api.paypal.com.evil.example.net/v1/notifications/certs/CERT-1',
  'https://api.paypal.com@evil.example.net/v1/notifications/certs/CERT-1',
  'https://evil.example.net/?.paypal.com',
  'https://evil.example.net\\.paypal.com/',
  'https://evilpaypal.com/v1/notifications/certs/CERT-1',
  'https://169.254.169.254/#.paypal.com',
];

type Content = (id: string, time: string, body: Buffer) => string;

function paypalSigned(draft: Draft, content: Content, digest = 'sha256'): Draft {
  const [id, time] = ['5eed5eed-0000-11f0-8000-000000000001', iso.write(draft.now)];
  const lines = {
    ...{ [PAYPAL.id]: id, [PAYPAL.time]: time, [PAYPAL.algorithm]: 'SHA256withRSA' },
    [PAYPAL.certificate]: OUR_CERTIFICATE_URL,
    [PAYPAL.signature]: signatureBy(ourRsa, digest, content(id, time, draft.body)),
  };
  return Object.entries(lines).reduce((signed, [name, value]) => withHeader(signed, name, value), draft);
}

const isPaypals = (text: string) => {
  const url = URL.parse(text);
  const { protocol, username, password, port, hostname = '' } = url ?? {};
  return protocol === 'https:' && `${username}${password}${port}` === '' && hostname.endsWith('.paypal.com');
};

/** Its name, and who vouches for it; the vendor's own in the vectors come without those. */
function isTrusted(certificate: X509Certificate, anchors: unknown): boolean {
  const [, name = ''] = /^CN=(.*)$/m.exec(certificate.subject) ?? [];
  if (!name.endsWith('.paypal.com')) return false;
  if (anchors === LEAF_ONLY) return true;
  return (anchors as readonly string[])
    .map((pem) => new X509Certificate(pem))
    .some((anchor) => certificate.checkIssued(anchor) && certificate.verify(anchor.publicKey));
}

const isValid = ({ validFrom, validTo }: X509Certificate, now: number) =>
  Date.parse(validFrom) <= now && now <= Date.parse(validTo);
