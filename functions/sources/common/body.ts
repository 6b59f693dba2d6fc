/** Reading of bodies whose shape the sender chooses. */
import { createHash } from 'node:crypto';
import type { EventType } from '../../core/source.ts';
import { exactNumber } from './json.ts';

/** As long as most senders try again. */
export const DEFAULT_WINDOW_HOURS = 2;

/** The type of an event whose body names none. */
export const UNTYPED = 'untyped';

/**
 * The first text in a body at one of some paths.
 *
 * @param paths One or more. Names joined by dots, such as `data.order.id`; a number is a place in a list.
 * @returns Text as it stands, or a number as text, of `parseExactly` digit by digit. Undefined for anything else, for empty
 *   text, and for a number so large that JSON.parse rounded it: two records would seem one.
 */
export function firstText(body: unknown, paths: string | readonly string[]): string | undefined {
  for (const path of [paths].flat()) {
    const value = path.split('.').reduce(memberOf, body);
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
    const exact = exactNumber(value);
    if (exact !== undefined) return exact;
  }
  return undefined;
}

/**
 * As `firstText`, of what no event of the vendor lacks.
 *
 * @throws Error that names the paths: the body is unreadable.
 */
export function requiredText(body: unknown, paths: string | readonly string[]): string {
  const text = firstText(body, paths);
  if (text === undefined) throw new Error(`there is no ${[paths].flat().join(' or ')}`);
  return text;
}

/**
 * The list in a body at a path, as `firstText` takes it.
 *
 * @throws Error when there is none: a batch without its list is unreadable, not empty.
 */
export function listAt(body: unknown, path: string): readonly unknown[] {
  const value = path.split('.').reduce(memberOf, body);
  if (!Array.isArray(value)) throw new Error(`there is no list at ${path}`);
  return value;
}

const HOUR_MS = 3_600_000;

/**
 * The key of an event that carries no id: the hash of its bytes and the number of the window in which it was accepted. A
 * sender's retry within the window is the same event; the same bytes in another window are a second one.
 *
 * The limit is exact: windows begin at whole multiples of their length since 1970, so a retry over such a moment becomes a
 * second event, however soon it comes, and a true second change within one window is swallowed. That is why such events
 * are hints.
 *
 * @param bytes The event's own, unpacked.
 * @param acceptedAt Milliseconds since the epoch, as `read` is given it.
 * @param windowHours At least as long as the sender goes on trying.
 * @returns `content:<64 hex digits>:<window>`
 */
export function contentKey(bytes: Buffer, acceptedAt: number, windowHours = DEFAULT_WINDOW_HOURS): string {
  const window = Math.floor(acceptedAt / (windowHours * HOUR_MS));
  return `content:${hashOf(bytes)}:${window}`;
}

/** 64 hex digits. */
export const hashOf = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** A type of events without an id: told apart by `contentKey`, and no more than hints. */
export const contentHint = (sample: EventType['sample']): EventType => ({ shape: 'hint', identity: 'content', sample });

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
