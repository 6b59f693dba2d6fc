/**
 * What must happen next when a delivery did not succeed. The same word is on the ledger row, the log line, the metric
 * and in the dead-letter view.
 *
 * - `transient`: waits on the schedule. - `rate-limit`: waits for the vendor's window, uncounted.
 * - `auth`: waits uncounted, and alarms. - `conflict`: waits on the schedule. - `validation`, `permanent`: stops.
 * - `not-found`: a 404 on a write is often "not yet": three tries in 15 minutes, then stops.
 * - `unknown`: the outcome of a call that must not be repeated blindly is not known: stops until a human resolves it.
 * - `bug`: anything else we threw: three tries in 15 minutes, then stops; alarms at the first.
 */
export type ErrorClass =
  | 'transient'
  | 'rate-limit'
  | 'auth'
  | 'conflict'
  | 'validation'
  | 'permanent'
  | 'not-found'
  | 'unknown'
  | 'bug';

/** The code of a call that the network did not carry: DNS, connect or TLS failed. */
export const NOT_SENT = 'not-sent';

/** Why a delivery did not succeed. What is thrown and is not one of these is a bug. */
export class DeliveryError extends Error {
  readonly errorClass: ErrorClass;
  /** Short and stable, for grouping: `http-503`, `VALIDATION_ERROR`, `payload`. */
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  /** How the call ended; undefined when there was none. */
  readonly outcome: 'not-sent' | 'refused' | 'unknown' | undefined;
  /** The HTTP status of the answer, where there was one that failed. */
  readonly status: number | undefined;

  constructor(
    errorClass: ErrorClass,
    code: string,
    message: string,
    options: {
      retryAfterMs?: number | undefined;
      outcome?: DeliveryError['outcome'];
      status?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'DeliveryError';
    this.errorClass = errorClass;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.outcome = options.outcome;
    this.status = options.status;
  }
}

/** A port (ledger, secret, bucket) that cannot be reached now: says nothing about the delivery. */
export class Unreachable extends Error {
  constructor(what: string, cause: unknown) {
    super(`${what} cannot be reached: ${rootOf(cause)}`, { cause });
    this.name = 'Unreachable';
  }
}

/** The first cause of an error in a few words, for log and ledger. */
function rootOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootOf(error.cause) : `${error.name} ${error.message}`;
}

/** Turns a port's rejection into `Unreachable`. */
export async function reach<Value>(what: string, use: () => Promise<Value>): Promise<Value> {
  try {
    return await use();
  } catch (cause) {
    throw new Unreachable(what, cause);
  }
}
