/**
 * How new an event is among those of its entity: a text that compares right.
 *
 * When it happened, then the vendor's sequence, then when we accepted it, then its key: no two are alike. They are compared
 * by their bytes, as DynamoDB does.
 */
import { plainOrHashed } from './delivery-id.ts';
import type { Envelope } from './envelope.ts';

/** Wide enough for the last millisecond of the year 9999. */
const INSTANT_DIGITS = 15;
/** Below every visible character, so that a part which begins another sorts before it. */
const SEPARATOR = ' ';

/**
 * An event's version.
 *
 * @param event.acceptedAt Of its first publication, by which the delivery stays the same when its sender sends it again.
 * @returns undefined when the vendor gave neither a time that can be read nor a sequence.
 */
export function versionOf(event: Pick<Envelope, 'occurredAt' | 'sequence' | 'acceptedAt' | 'key'>): string | undefined {
  const occurredAt = event.occurredAt == null ? undefined : instantOf(event.occurredAt);
  if (occurredAt === undefined && !event.sequence) return undefined;
  const parts = [padded(occurredAt ?? 0), sortable(event.sequence ?? ''), padded(event.acceptedAt)];
  return [...parts, plainOrHashed(event.key)].join(SEPARATOR);
}

/** Whether version `one` is newer than `other`. */
export const isNewer = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other)) > 0;

const padded = (ms: number) => String(Math.max(0, Math.floor(ms))).padStart(INSTANT_DIGITS, '0');

/** Digits sort by their number, however many there are; anything else as it stands, after all numbers. */
function sortable(sequence: string): string {
  if (!/^\d+$/.test(sequence)) return sequence === '' ? '' : `~${sequence}`;
  const digits = sequence.replace(/^0+(?=.)/, '');
  return String(digits.length).padStart(4, '0') + digits;
}

const NUMBER = /^\d+(\.\d+)?$/;
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(.*))?$/;
const ZONE = /^(?:Z|UTC|GMT|([+-]\d{2}):?(\d{2})?)?$/i;
/** Dates as in mail and HTTP; without a zone they could mean anything. */
const ENDS_WITH_ZONE = /(?:GMT|UTC|Z|[+-]\d{4})$/;

/**
 * A vendor's time as milliseconds since the epoch: ISO 8601 (UTC where no zone is given, `+0000` and a blank for the T
 * allowed), a mail date with its zone, or a number of seconds, milli-, micro- or nanoseconds since 1970.
 *
 * @returns undefined when it is none of these.
 */
export function instantOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) return ofNumber(Number(trimmed));
  const [, day, time = '00:00', zone = ''] = ISO.exec(trimmed) ?? [];
  const ms = day ? ofIso(day, time, zone) : ENDS_WITH_ZONE.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}

/** Which unit is meant follows from the size: seconds reach 10^11 in the year 5138, milliseconds were there in 1973. */
function ofNumber(value: number): number | undefined {
  if (value >= 1e20) return undefined;
  if (value < 1e11) return Math.floor(value * 1_000);
  if (value < 1e14) return Math.floor(value);
  return Math.floor(value < 1e17 ? value / 1e3 : value / 1e6);
}

function ofIso(day: string, time: string, zone: string): number {
  const [matched, hours, minutes = '00'] = ZONE.exec(zone) ?? [];
  if (matched === undefined) return Number.NaN;
  return Date.parse(`${day}T${time.replace(',', '.')}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
}
