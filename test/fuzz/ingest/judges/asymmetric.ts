/** What vendors share that sign by a private key. We hold none of theirs, so each publishes one of ours as well. */
import { createPrivateKey, createSign, createVerify, type KeyObject } from 'node:crypto';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import ours from '../../../fixtures/sender-keys.json' with { type: 'json' };

type Signable = string | Buffer;
export const ourRsa = createPrivateKey(ours.rsa);
export const ourEc = createPrivateKey(ours.ec);
export const KEY_ID = '6a0f8c1e-0000-4000-8000-5eed5eed5eed';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** The bits that a last character leaves over are nobody's: the signature is in the bytes. */
export const isSignedBy = (key: KeyObject, digest: string, signature: string, ...pieces: readonly Signable[]) =>
  BASE64.test(signature) && isVerified(key, digest, Buffer.from(signature, 'base64'), pieces);

function isVerified(key: KeyObject, digest: string, signature: Buffer, pieces: readonly Signable[]): boolean {
  const verifier = createVerify(digest);
  for (const piece of pieces) verifier.update(piece);
  return verifier.verify(key, signature);
}

export function signatureBy(key: KeyObject, digest: string, ...pieces: readonly Signable[]): string {
  const signer = createSign(digest);
  for (const piece of pieces) signer.update(piece);
  return signer.sign(key, 'base64');
}

export const withKeys = (vector: Vector, keys: object): Vector => ({ ...vector, keys: { ...vector.keys, ...keys } });
export const common = { methods: ['POST'], body: 'signed', url: 'unread', query: 'unread' } as const;
