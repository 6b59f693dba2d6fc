/** Vendors that ask something by GET before they send by POST; neither signs the method. */
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import type { Draft } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { meta } from './body.ts';
import { ebay } from './ebay.ts';
import { sha256 } from './hmac.ts';
import { jsonOf, memberOf, parameterOf } from './parts.ts';

/** What is signed of its events is nothing to a question. */
const ASKED = { query: 'read', body: 'read', sign: (draft: Draft) => draft, tricks: [] } as const;

/** Meta wants its word back, if it knows ours. */
export function metaWithChallenge(vector: Vector): Scheme {
  const isAsked = vector.scheme === 'meta-hub-challenge';
  const token = isAsked ? vector.keys?.verifyToken : VERIFY_TOKEN;
  const of = ({ request }: Arrival, name: string) => parameterOf(request.rawQuery, `hub.${name}`);
  const scheme = meta(isAsked ? { ...vector, secrets: [VERIFY_TOKEN] } : vector);
  return {
    ...{ ...scheme, methods: ['POST', 'GET'], ...(isAsked && ASKED) },
    judge(arrival) {
      const isTrue = of(arrival, 'mode') === 'subscribe' && of(arrival, 'verify_token') === token;
      const isQuestion = arrival.request.method === 'GET' && isTrue && of(arrival, 'challenge') !== undefined;
      return isQuestion ? 'handshake' : scheme.judge(arrival);
    },
    isAnswered: ({ status, body = '' }, arrival) => status === 200 && body === of(arrival, 'challenge'),
  };
}

/** eBay wants a hash of its code, our token and the URL as registered. */
export function ebayWithChallenge(vector: Vector): Scheme {
  const isAsked = vector.scheme === 'ebay-challenge';
  const codeOf = ({ request }: Arrival) => parameterOf(request.rawQuery, 'challenge_code');
  const scheme = ebay(vector);
  const { verificationToken = EBAY_TOKEN, endpoint } = (vector.keys ?? {}) as Record<string, string>;
  return {
    ...{ ...scheme, methods: ['POST', 'GET'], ...(isAsked && ASKED) },
    judge(arrival) {
      const isQuestion = arrival.request.method === 'GET' && codeOf(arrival) !== undefined;
      return isQuestion ? 'handshake' : scheme.judge(arrival);
    },
    isAnswered({ status, body = '' }, arrival) {
      const right = sha256(codeOf(arrival) ?? '', verificationToken, endpoint ?? arrival.publicUrl);
      return status === 200 && memberOf(jsonOf(Buffer.from(body)), 'challengeResponse') === right;
    },
  };
}

/** What lib/ops/vectors/schemes.ts gives to connections of which the vector is silent. */
const VERIFY_TOKEN = 'vector';
const EBAY_TOKEN = 'vector-verification-token-0123456789';
