/** Vendors that sign the body with a time. */
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import { type Draft, linesOf, withHeader } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { base64, byHmac, hex, isSigned, type Rule, signBy, within } from './hmac.ts';
import { genuineIf, jsonOf, lengthOf, lineOf, mac, memberOf, secretsOf } from './parts.ts';
import { iso, seconds } from './stamps.ts';
import { unpacked } from './unpacked.ts';

const FIVE_MINUTES = 300;

export const stripe = (vector: Vector) => stampedSignature(vector, 'stripe-signature', within(FIVE_MINUTES, 'past'));

/** Its GET, when the webhook is saved, only wants an answer. */
export function mailchimp(vector: Vector): Scheme {
  const scheme = stampedSignature(vector, 'x-mailchimp-signature', within(FIVE_MINUTES, 'past'));
  return {
    ...scheme,
    methods: ['POST', 'GET'],
    reads: (name) => scheme.reads(name) || name === 'content-type',
    judge: (arrival) => (arrival.request.method === 'GET' ? 'handshake' : scheme.judge(arrival)),
  };
}

/** `t=<seconds>,v1=<hex>`, in any order, with any number of `v1`. */
function stampedSignature(vector: Vector, header: string, isInTime: (ageMs: number) => boolean): Scheme {
  const v1 = (secret: string, time: string, body: Buffer) => `v1=${hex(secret, `${time}.`, body)}`;
  const signed = (draft: Draft, secret: string) => {
    const time = seconds.write(draft.now);
    return withHeader(draft, header, `t=${time},${v1(secret, time, draft.body)}`);
  };
  const isGenuine = ({ request: { headers, body }, now }: Arrival) => {
    const entries = (lineOf(headers, header) ?? '').split(',').map((entry) => entry.trim());
    const [time, ...more] = entries.flatMap((entry) => (entry.startsWith('t=') ? [entry.slice(2)] : []));
    const epochMs = time === undefined || more.length > 0 ? undefined : seconds.read(time);
    if (time === undefined || epochMs === undefined || !isInTime(now - epochMs)) return false;
    return secretsOf(vector).some((secret) => entries.includes(v1(secret, time, body)));
  };
  return {
    ...{ signature: header, time: header, methods: ['POST'], body: 'signed', url: 'unread', query: 'unread' },
    reads: (name) => name === header,
    judge: (arrival) => genuineIf(isGenuine(arrival)),
    sign: (draft) => signed(draft, secretsOf(vector)[0]!),
    tricks: [
      (draft) => signed(draft, ''),
      (draft) =>
        withHeader(draft, header, linesOf(signed(draft, secretsOf(vector)[0]!), header)[0]!.replace('v1=', 'v0=')),
    ],
  };
}

/** Its first call asks for the challenge in it, signed like any other. */
export function slack(vector: Vector): Scheme {
  const rule: Rule = {
    header: 'x-slack-signature',
    time: { header: 'x-slack-request-timestamp', notation: seconds },
    isInTime: within(FIVE_MINUTES, 'past'),
    word: (secret, { time, body }) => `v0=${hex(secret, `v0:${time}:`, body)}`,
    reads: /^content-type$/,
  };
  const saidBy = ({ request }: Arrival, name: string) => memberOf(jsonOf(unpacked(request)), name);
  return {
    ...byHmac(vector, rule),
    judge(arrival) {
      if (!isSigned(vector, rule, arrival)) return 'forged';
      return saidBy(arrival, 'type') === 'url_verification' ? 'handshake' : 'genuine';
    },
    isAnswered({ status, body = '' }, arrival) {
      const challenge = saidBy(arrival, 'challenge');
      const said = [body, memberOf(jsonOf(Buffer.from(body)), 'challenge')];
      return status === 200 && (typeof challenge !== 'string' || said.includes(challenge));
    },
  };
}

/** It calls by the method that its customer chose, and signs none; some come without a body. */
export const zendesk = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'x-zendesk-webhook-signature',
    time: { header: 'x-zendesk-webhook-signature-timestamp', notation: iso },
    word: (secret, { time, body }) => base64(secret, time, body),
    reads: /^(x-zendesk-webhook-.*|content-type)$/,
    more: { methods: ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'] },
  });

export const klaviyo = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'klaviyo-signature',
    time: { header: 'klaviyo-timestamp', notation: iso },
    word: (secret, { time, body }) => hex(secret, body, time),
    more: { items: (body) => lengthOf(memberOf(jsonOf(body), 'data')) },
  });

/** One source says that its digits are capitals. */
export const bamboohr = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'x-bamboohr-signature',
    time: { header: 'x-bamboohr-timestamp', notation: seconds },
    word: (secret, { time, body }) => hex(secret, body, time),
    held: (header) => [header.toLowerCase()],
    more: { items: (body) => bambooItems(jsonOf(body)) },
  });

const bambooItems = (value: unknown) => {
  const employees = memberOf(value, 'employees');
  return employees === undefined ? 1 : lengthOf(employees);
};

/** Svix's own names win where both families are there. */
export function standardWebhooks(vector: Vector): Scheme {
  const keyed = { ...vector, secrets: secretsOf(vector).filter((secret) => keyOf(secret).length > 0) };
  const ruleOf = (names: readonly string[]) => standardRule(names.includes('svix-signature') ? 'svix' : 'webhook');
  const rule = ruleOf(Object.keys(vector.request.headers).map((name) => name.toLowerCase()));
  return {
    ...byHmac(keyed, rule),
    others: ['webhook-signature'],
    tricks: ['v0,', 'v1a,', 'v2,', ''].map((version) => (draft: Draft) => {
      const [line = ''] = linesOf(signBy(keyed.secrets[0]!, rule, draft), rule.header);
      return withHeader(signBy(keyed.secrets[0]!, rule, draft), rule.header, line.replace('v1,', version));
    }),
    judge: (arrival) => genuineIf(isSigned(keyed, ruleOf(Object.keys(arrival.request.headers)), arrival)),
  };
}

const keyOf = (secret: string) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

function standardRule(family: 'webhook' | 'svix'): Rule {
  const id = `${family}-id`;
  return {
    header: `${family}-signature`,
    time: { header: `${family}-timestamp`, notation: seconds },
    isInTime: within(FIVE_MINUTES, 'both'),
    held: (header) => header.split(' '),
    word: (secret, { time, body, header }) => `v1,${base64(keyOf(secret), `${header(id)}.${time}.`, body)}`,
    isFit: ({ request: { headers } }) => lineOf(headers, id) !== undefined,
    prepare: (draft) => withHeader(draft, id, linesOf(draft, id)[0] ?? 'msg_1'),
    reads: /^(webhook|svix)-/,
  };
}

type Settings = {
  readonly header?: string;
  readonly algorithm?: 'sha256' | 'sha512';
  readonly encoding?: 'hex' | 'base64';
  readonly prefix?: string;
  readonly timestampHeader?: string;
};

/** As configured by us: there is no vendor's page. */
export function generic(vector: Vector): Scheme {
  const settings = (vector.keys?.generic ?? {}) as Settings;
  const { header = 'x-signature', algorithm = 'sha256', encoding = 'hex', prefix = '', timestampHeader } = settings;
  return byHmac(vector, {
    header: header.toLowerCase(),
    ...(timestampHeader !== undefined && { time: { header: timestampHeader.toLowerCase(), notation: seconds } }),
    isInTime: within(vector.toleranceSeconds ?? FIVE_MINUTES, 'both'),
    word: (secret, { time, body }) =>
      prefix + mac(algorithm, secret, timestampHeader === undefined ? '' : `${time}.`, body).digest(encoding),
  });
}
