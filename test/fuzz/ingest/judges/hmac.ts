/** Schemes that put a word over the request into one header. */
import { createHash } from 'node:crypto';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import { type Draft, withHeader } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { arrivalOf, genuineIf, joined, lineOf, mac, secretsOf, urlOf } from './parts.ts';
import type { Notation } from './stamps.ts';

/** What a vendor's page may take into its signed content. */
export type Signed = {
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
  /** The text of the time header; empty where there is none. */
  readonly time: string;
  /** Another header's text, or nothing. */
  readonly header: (name: string) => string | undefined;
};

export type Rule = {
  readonly header: string;
  /** What the header holds for a secret. */
  readonly word: (secret: string, signed: Signed) => string;
  /** The words in a header. @default the header as a whole */
  readonly held?: (header: string) => readonly string[];
  readonly time?: { readonly header: string; readonly notation: Notation };
  /** By how much our clock may be ahead of the signed time, in milliseconds. @default any age */
  readonly isInTime?: (ageMs: number) => boolean;
  /** What must hold besides. */
  readonly isFit?: (arrival: Arrival) => boolean;
  /** What the sender adds before it signs. */
  readonly prepare?: (draft: Draft) => Draft;
  /** Further headers of which the name decides. */
  readonly reads?: RegExp;
  readonly more?: Partial<Scheme>;
};

const NONE = /^(?!)/;

export function byHmac(vector: Vector, rule: Rule): Scheme {
  const { header, time, reads = NONE } = rule;
  const own = [header, time?.header];
  return {
    ...{ signature: header, methods: ['POST'], body: 'signed', url: 'unread', query: 'unread' },
    ...(time && { time: time.header }),
    reads: (name) => own.includes(name) || reads.test(name),
    judge: (arrival) => genuineIf(isSigned(vector, rule, arrival)),
    sign: (draft) => signBy(secretsOf(vector)[0]!, rule, draft),
    // Whoever kept no secret would let this in.
    tricks: [(draft) => signBy('', rule, draft)],
    ...rule.more,
  };
}

export function signBy(secret: string, rule: Rule, draft: Draft): Draft {
  const { header, time, prepare = (stamped: Draft) => stamped } = rule;
  const prepared = prepare(time ? withHeader(draft, time.header, time.notation.write(draft.now)) : draft);
  return withHeader(prepared, header, rule.word(secret, signedOf(rule, arrivalOf(prepared))));
}

export function isSigned(vector: Vector, rule: Rule, arrival: Arrival): boolean {
  const { time, held = (text: string) => [text], isInTime = () => true, isFit = () => true } = rule;
  const { headers } = arrival.request;
  const value = lineOf(headers, rule.header);
  if (value === undefined || !isFit(arrival)) return false;
  if (time) {
    const epochMs = time.notation.read(lineOf(headers, time.header) ?? '');
    if (epochMs === undefined || !isInTime(arrival.now - epochMs)) return false;
  }
  const words = held(value);
  return secretsOf(vector).some((secret) => words.includes(rule.word(secret, signedOf(rule, arrival))));
}

function signedOf({ time }: Rule, arrival: Arrival): Signed {
  const { method, headers, body } = arrival.request;
  return {
    ...{ method, body, url: urlOf(arrival) },
    time: time ? (lineOf(headers, time.header) ?? '') : '',
    header: (name) => lineOf(headers, name),
  };
}

export const hex = (key: string | Buffer, ...pieces: readonly (string | Buffer)[]) =>
  mac('sha256', key, ...pieces).digest('hex');
export const base64 = (key: string | Buffer, ...pieces: readonly (string | Buffer)[]) =>
  mac('sha256', key, ...pieces).digest('base64');
export const sha256 = (...pieces: readonly (string | Buffer)[]) =>
  createHash('sha256').update(joined(pieces)).digest('hex');

/** Ages are counted in whole seconds by those who sign whole seconds. */
export const within = (seconds: number, directions: 'past' | 'both') => (ageMs: number) => {
  const age = Math.floor(ageMs / 1_000);
  return age <= seconds && (directions === 'past' || age >= -seconds);
};
