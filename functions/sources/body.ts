/** Reading of bodies whose shape the sender chooses. */

/** The type of an event whose body names none. */
export const UNTYPED = 'untyped';

/**
 * The first text in a body at one of some paths.
 *
 * @param paths One or more. Names joined by dots, such as `data.order.id`; a number is a place in a list.
 * @returns Text as it stands, or a number as text. Undefined for anything else, for empty text, and for a number so large
 *   that JSON.parse rounded it: two records would seem one.
 */
export function firstText(body: unknown, paths: string | readonly string[]): string | undefined {
  for (const path of [paths].flat()) {
    const value = path.split('.').reduce(memberOf, body);
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
  }
  return undefined;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
