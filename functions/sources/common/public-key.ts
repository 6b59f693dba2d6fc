/** Signatures that a vendor makes with a private key, so that nothing we keep could make one. */

import { NoSuchKey } from '../../core/source.ts';

/** Bytes as padded base64, as vendors write it; undefined for any other spelling, so that each signature has but one. */
export function base64Bytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text !== '' && bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * Whether a request passes by any connection. Where one cannot be judged because its key cannot be had, another may still
 * let the request in.
 *
 * @throws The error of the first that could not be judged, when none lets the request in.
 */
export async function anyConnection<Connection>(
  connections: readonly Connection[],
  passes: (connection: Connection) => boolean | Promise<boolean>,
): Promise<boolean> {
  const failures: unknown[] = [];
  for (const connection of connections) {
    try {
      if (await passes(connection)) return true;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return false;
}

/**
 * Finds something in what a vendor publishes: in the copy that we keep, or else in a fresh one.
 *
 * @param fetch `again` asks for a fresh one.
 * @param find What is sought, or undefined. May throw when the text is not what it should be: then nobody can tell.
 */
export async function findPublished<Found>(
  fetch: (again: boolean) => Promise<string>,
  find: (text: string) => Found | undefined,
): Promise<Found | undefined> {
  return findQuietly(await fetch(false), find) ?? find(await fetch(true));
}

/** What was looked for at a URL that a request named; undefined when the vendor says that there is nothing. */
export async function ifThere<Found>(looking: Promise<Found>): Promise<Found | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

function findQuietly<Found>(text: string, find: (text: string) => Found | undefined): Found | undefined {
  try {
    return find(text);
  } catch {
    return undefined;
  }
}
