import { createPublicKey, type KeyObject } from 'node:crypto';
import type { SourceRequest } from '../../../../functions/core/source.ts';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import { type Draft, withHeader } from '../draft.ts';
import type { Scheme } from '../judge.ts';
import { common, isSignedBy, KEY_ID, ourEc, signatureBy, withKeys } from './asymmetric.ts';
import { genuineIf, jsonOf, lineOf, memberOf } from './parts.ts';

const EBAY = 'x-ebay-signature';
const EBAY_API =
  /^https:\/\/api(\.sandbox)?\.ebay\.com\/(identity\/v1\/oauth2\/token|commerce\/notification\/v1\/public_key\/(?!(\.|%2e)*$)[^/?#]+)$/i;

export const ebayWithOurs = (vector: Vector): Vector => {
  const pem = createPublicKey(ourEc).export({ type: 'spki', format: 'pem' }).toString().replaceAll('\n', '');
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
