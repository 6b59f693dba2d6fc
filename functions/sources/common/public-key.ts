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

/** What was fetched from a URL that a request names; undefined when the vendor has nothing there. */
export async function ifThere(fetched: Promise<string>): Promise<string | undefined> {
  try {
    return await fetched;
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
