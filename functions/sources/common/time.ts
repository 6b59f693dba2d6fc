/** Vendors' times as one notation: ISO 8601 in UTC, `2026-11-20T09:30:00Z`, with milliseconds only where they were given. */
import { isUnixSeconds } from './signature.ts';

/** Whole seconds since the epoch. */
export const isoSeconds = (epochSeconds: number): string => withoutZeros(new Date(epochSeconds * 1_000).toISOString());

/** Whole seconds since the epoch as text; null when there is none, or it is no such time. */
export const isoOfSeconds = (text: string | undefined): string | null =>
  text !== undefined && isUnixSeconds(text) ? isoSeconds(Number(text)) : null;

/** Milliseconds since the epoch. */
export const isoMillis = (epochMs: number): string => new Date(epochMs).toISOString();

/**
 * A time as text: `2026-11-20T10:30:00+01:00`, `2026-11-20 09:30:00`. Without a zone it is UTC. What is in UTC already, or is
 * no time, is returned as it stands.
 */
export function utc(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (!parts) return text;
  const [, date, time, zone = 'Z'] = parts;
  if (zone === 'Z') return `${date}T${time}Z`;
  const at = new Date(`${date}T${time}${zone}`);
  if (Number.isNaN(at.getTime())) return text;
  return time!.includes('.') ? at.toISOString() : withoutZeros(at.toISOString());
}

const withoutZeros = (iso: string) => iso.replace('.000Z', 'Z');

/** Each begins and ends in one way only, so that no part of it can be taken for the body that it is signed with. */
const UNIX_SECONDS = /^\d{10}$/;
const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/;
const MAIL_DATE = /^[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})$/;

/**
 * The time in a header: Unix seconds, ISO 8601 with its zone, or a date as in mail and HTTP.
 *
 * @returns Milliseconds since the epoch; undefined for what is no such time.
 */
export function stampMs(text: string): number | undefined {
  if (UNIX_SECONDS.test(text)) return Number(text) * 1_000;
  const ms = ISO_WITH_ZONE.test(text) || MAIL_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
