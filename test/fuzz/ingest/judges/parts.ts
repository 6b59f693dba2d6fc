/** What several judges need. */
import { createHmac } from 'node:crypto';
import type { Headers } from '../../../../functions/core/source.ts';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import type { Draft } from '../draft.ts';
import type { Arrival, Judgement } from '../judge.ts';

type Piece = string | Buffer;

export const joined = (pieces: readonly Piece[]) => Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
export const mac = (algorithm: string, key: Piece, ...pieces: readonly Piece[]) =>
  createHmac(algorithm, key).update(joined(pieces));

/** Whoever leaves a secret empty is open to everybody. */
export const secretsOf = ({ secrets }: Vector) => secrets.filter((secret) => secret !== '');

/** The one line of a header; two are nobody's. */
export const lineOf = (headers: Headers, name: string) => {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : undefined;
};

export const genuineIf = (isGenuine: boolean): Judgement => (isGenuine ? 'genuine' : 'forged');

/** The URL as the vendor knows it, with the query as sent. */
export const urlOf = ({ publicUrl, request: { rawQuery } }: Arrival) => withQuery(publicUrl, rawQuery);
export const withQuery = (url: string, rawQuery: string) => (rawQuery === '' ? url : `${url}?${rawQuery}`);

/** What an untouched draft would be at the door, as far as its sender knows. */
export const arrivalOf = ({ method, rawQuery, publicUrl, headers, body, now }: Draft): Arrival => ({
  ...{ publicUrl, now },
  request: {
    ...{ method, rawQuery, body },
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
  },
});

/** A form's fields in their order; `+` is a space, and what is no UTF-8 is replaced. */
export const fieldsOf = (body: Buffer | string) => [...new URLSearchParams(withoutMark(body.toString()))];
/** `URLSearchParams` takes a leading question mark for the query's own. */
const withoutMark = (text: string) => (text.startsWith('?') ? `%3F${text.slice(1)}` : text);

/** The value of a parameter, if every mention of it is the same. */
export function parameterOf(rawQuery: string, wanted: string): string | undefined {
  const values = new Set(fieldsOf(rawQuery).flatMap(([name, value]) => (name === wanted ? [value] : [])));
  return values.size === 1 ? [...values][0] : undefined;
}

export function jsonOf(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

/** A member of an object; undefined of everything else. */
export const memberOf = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  );

/** The same, where vendors write a name now with a capital and now without. */
export function memberInAnyCase(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => {
    const names = Object.keys(Object(inner));
    return memberOf(inner, names.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name);
  }, value);
}

export const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : undefined);

/** Of JSON that is either one event or an array of them. */
export const batchOf = (value: unknown) => (value === undefined ? undefined : (lengthOf(value) ?? 1));
