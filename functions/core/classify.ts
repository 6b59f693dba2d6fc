/**
 * What an answer of a target means. The target's own `classify` speaks first; this table decides the rest.
 */
import type { ErrorClass } from './delivery-error.ts';
import { redact } from './redact.ts';
import type { Failure, HttpResponse } from './target.ts';

const CLASS_BY_STATUS: Readonly<Record<number, ErrorClass>> = {
  400: 'validation',
  401: 'auth',
  403: 'permanent',
  404: 'not-found',
  408: 'transient',
  409: 'conflict',
  410: 'permanent',
  412: 'conflict',
  413: 'validation',
  415: 'validation',
  422: 'validation',
  423: 'transient',
  425: 'transient',
  429: 'rate-limit',
};

/** 4xx answers that do not say whether the call took effect. */
const UNSURE_4XX: readonly number[] = [408, 409, 425];

/** Classifies every answer that is not a 2xx. A redirect is never followed, so it is a refusal: the address is wrong. */
export function classifyStatus(response: HttpResponse, now: number): Failure & { outcome: 'refused' | 'unknown' } {
  const { status } = response;
  return {
    errorClass: CLASS_BY_STATUS[status] ?? (status >= 500 ? 'transient' : 'permanent'),
    code: `http-${status}`,
    message: redact(response.body.subarray(0, 2_000).toString('utf8')).trim() || `status ${status}`,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], now),
    outcome: status >= 500 || UNSURE_4XX.includes(status) ? 'unknown' : 'refused',
  };
}

/** `Retry-After` in milliseconds: seconds or an HTTP date. @see RFC 9110, section 10.2.3 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
