import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import { type Draft, withHeader } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { common, isSignedBy, KEY_ID, ourRsa, signatureBy, withKeys } from './asymmetric.ts';
import { base64, within } from './hmac.ts';
import { genuineIf, lineOf, memberOf } from './parts.ts';
import { iso } from './stamps.ts';

const ENGINE = {
  ...{ id: 'x-shipengine-rsa-sha256-key-id', time: 'x-shipengine-timestamp' },
  signature: 'x-shipengine-rsa-sha256-signature',
} as const;

type Jwk = JsonWebKey & { readonly kid: string };
const jwksOf = ({ keys }: Vector) => memberOf(keys, 'jwks', 'keys') as readonly Jwk[];

export const shipengineWithOurs = (vector: Vector): Vector => {
  const own = { ...createPublicKey(ourRsa).export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
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
    sign: (draft) => signed(draft, (time) => signatureBy(ourRsa, 'sha256', `${time}.`, draft.body)),
    // The public key as if it were a secret.
    tricks: [(draft) => signed(draft, (time) => base64(PUBLIC_PEM, `${time}.`, draft.body))],
    mayAsk: (url) => url === 'https://api.shipengine.com/jwks',
  };
}

const PUBLIC_PEM = createPublicKey(ourRsa).export({ type: 'spki', format: 'pem' });

function signed(draft: Draft, signature: (time: string) => string): Draft {
  const time = iso.write(draft.now);
  const stamped = withHeader(withHeader(draft, ENGINE.id, KEY_ID), ENGINE.time, time);
  return withHeader(stamped, ENGINE.signature, signature(time));
}
