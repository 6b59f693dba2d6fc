import type { Records } from './store.ts';

/**
 * How a sandbox vendor behaves, until it is told otherwise.
 *
 * - `ok`: as documented. - `down`: 503. - `slow`: takes effect at once and answers after 3 s.
 * - `rate-limit`: 429 in the vendor's own way. - `lose-answers`: takes effect, then breaks the connection.
 * - `refuse`: the vendor's validation error. - `revoke`: the token is no longer good.
 */
export const modes = ['ok', 'down', 'slow', 'rate-limit', 'lose-answers', 'refuse', 'revoke'] as const;
export type Mode = (typeof modes)[number];

export type VendorCall = {
  method: string;
  /** Below the target's name, still percent-encoded, without the query; `/` at least. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** Milliseconds since the epoch. */
  now: number;
};

/** `body` is sent as JSON. */
export type VendorAnswer = { status: number; headers?: Readonly<Record<string, string>>; body?: object };

/** One vendor of the sandbox: the part of its API that our connector uses. */
export type Vendor = {
  /** Takes effect on the target's records and answers; both happen or neither. */
  handle(call: VendorCall, records: Records): VendorAnswer;
  /** How this vendor says no. */
  readonly answers: Readonly<Record<'down' | 'rate-limit' | 'refuse' | 'revoke', VendorAnswer>>;
};

/** What the sandbox leaves out it refuses by name rather than pretends. */
export function notInSandbox(kind: string, what: string): VendorAnswer {
  return { status: 501, body: { error: `[syncline] [sandbox] ${kind}: ${what} is not part of the sandbox` } };
}

/** @returns undefined when the body is not JSON, or nested so deep that it could not be written down. */
export function parseJson(body: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    JSON.stringify(value);
    return value;
  } catch {
    return undefined;
  }
}
