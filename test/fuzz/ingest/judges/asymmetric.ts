/** Vendors that sign by a private key. We hold none of theirs, so each publishes one of ours as well. */
import {
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  type JsonWebKey,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { SourceRequest } from '../../../../functions/core/source.ts';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import ours from '../../../fixtures/sender-keys.json' with { type: 'json' };
import { type Draft, withHeader } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { base64, within } from './hmac.ts';
import { genuineIf, jsonOf, lineOf, memberOf } from './parts.ts';
import { iso } from './stamps.ts';

type Signable = string | Buffer;
const ourRsa = createPrivateKey(ours.rsa);
const ourEc = createPrivateKey(ours.ec);
const KEY_ID = '6a0f8c1e-0000-4000-8000-5eed5eed5eed';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** The bits that a last character leaves over are nobody's: the signature is in the bytes. */
const isSignedBy = (key: KeyObject, digest: string, signature: string, ...pieces: readonly Signable[]) =>
  BASE64.test(signature) && isVerified(key, digest, Buffer.from(signature, 'base64'), pieces);

function isVerified(key: KeyObject, digest: string, signature: Buffer, pieces: readonly Signable[]): boolean {
  const verifier = createVerify(digest);
  for (const piece of pieces) verifier.update(piece);
  return verifier.verify(key, signature);
}

function signatureBy(key: KeyObject, digest: string, ...pieces: readonly Signable[]): string {
  const signer = createSign(digest);
  for (const piece of pieces) signer.update(piece);
  return signer.sign(key, 'base64');
}

const withKeys = (vector: Vector, keys: object): Vector => ({ ...vector, keys: { ...vector.keys, ...keys } });
const common = { methods: ['POST'], body: 'signed', url: 'unread', query: 'unread' } as const;

const ENGINE = {
  ...{ id: 'x-shipengine-rsa-sha256-key-id', time: 'x-shipengine-timestamp' },
  signature: 'x-shipengine-rsa-sha256-signature',
} as const;

type Jwk = JsonWebKey & { readonly kid: string };
const jwksOf = ({ keys }: Vector) => memberOf(keys, 'jwks', 'keys') as readonly Jwk[];

export const shipengineWithOurs = (vector: Vector): Vector => {
  const own = { ...createPublicKey(ours.rsa).export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
  return withKeys(vector, { jwks: { keys: [...jwksOf(vector), own] } });
};

/** Its page suggests five minutes of difference, ahead or behind. */
export function shipengine(vector: Vector): Scheme {
  const keys = new Map(jwksOf(vector).map((key) => [key.kid, createPublicKey({ key, format: 'jwk' })]));
  const isInTime = within(300, 'both');
  const isGenuine = ({ request: { headers, body }, now }: Arrival) => {
    const [id, time, signature] = [ENGINE.id, ENGINE.time, ENGINE.signature].map((name) => lineOf(headers, name) ?? '');
    const key = keys.get(id!);
    const epochMs = iso.read(time!);
    if (!key || epochMs === undefined || !isInTime(now - epochMs)) return false;
    return isSignedBy(key, 'sha256', signature!, `${time}.`, body);
  };
  return {
    ...{ ...common, signature: ENGINE.signature, time: ENGINE.time },
    reads: (name) => name.startsWith('x-shipengine-'),
    judge: (arrival) => genuineIf(isGenuine(arrival)),
    sign(draft) {
      const time = iso.write(draft.now);
      const stamped = withHeader(withHeader(draft, ENGINE.id, KEY_ID), ENGINE.time, time);
      return withHeader(stamped, ENGINE.signature, signatureBy(ourRsa, 'sha256', `${time}.`, draft.body));
    },
    tricks: [
      // The public key as if it were a secret.
      (draft) => {
        const [time, key] = [iso.write(draft.now), createPublicKey(ours.rsa).export({ type: 'spki', format: 'pem' })];
        const stamped = withHeader(withHeader(draft, ENGINE.id, KEY_ID), ENGINE.time, time);
        return withHeader(stamped, ENGINE.signature, base64(key.toString(), `${time}.`, draft.body));
      },
    ],
    mayAsk: (url) => url === 'https://api.shipengine.com/jwks',
  };
}

const EBAY = 'x-ebay-signature';
const EBAY_API =
  /^https:\/\/api(\.sandbox)?\.ebay\.com\/(identity\/v1\/oauth2\/token|commerce\/notification\/v1\/public_key\/(?!(\.|%2e)*$)[^/?#]+)$/i;

export const ebayWithOurs = (vector: Vector): Vector => {
  const pem = createPublicKey(ours.ec).export({ type: 'spki', format: 'pem' }).toString().replaceAll('\n', '');
  const own = { key: pem, algorithm: 'ECDSA', digest: 'SHA1' };
  return withKeys(vector, { publicKeys: { ...(memberOf(vector.keys, 'publicKeys') as object), [KEY_ID]: own } });
};

export function ebay(vector: Vector): Scheme {
  const published = Object.entries((vector.keys?.publicKeys ?? {}) as Record<string, { key: string }>);
  const keys = new Map<unknown, KeyObject>(published.map(([id, { key }]) => [id, publicKeyOf(key)]));
  const isGenuine = ({ headers, body }: SourceRequest) => {
    const said = jsonOf(Buffer.from(lineOf(headers, EBAY) ?? '', 'base64'));
    const key = keys.get(memberOf(said, 'kid'));
    const signature = memberOf(said, 'signature');
    return key !== undefined && typeof signature === 'string' && isSignedBy(key, 'sha1', signature, body);
  };
  return {
    ...{ ...common, signature: EBAY },
    reads: (name) => name === EBAY,
    judge: ({ request }) => genuineIf(isGenuine(request)),
    sign: (draft) => ebaySigned(draft, KEY_ID),
    // Of a key that is nowhere, and may not be looked for just anywhere.
    tricks: STRANGE_IDS.map((id) => (draft: Draft) => ebaySigned(draft, id)),
    mayAsk: (url) => EBAY_API.test(url),
  };
}

const STRANGE_IDS = ['../../../identity', '..', '%2e%2e', 'x/y', '?x', '#', '@evil.example.net', '__proto__', ''];

function ebaySigned(draft: Draft, kid: string): Draft {
  const said = { alg: 'ecdsa', kid, signature: signatureBy(ourEc, 'sha1', draft.body), digest: 'SHA1' };
  return withHeader(draft, EBAY, Buffer.from(JSON.stringify(said)).toString('base64'));
}

/** Its PEM comes without line ends. */
const publicKeyOf = (pem: string) =>
  createPublicKey(pem.replace(/(-----(?:BEGIN|END) PUBLIC KEY-----)/g, '\n$1\n').trim());

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
