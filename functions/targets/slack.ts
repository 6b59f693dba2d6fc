/**
 * Slack Web API.
 *
 * `POST https://slack.com/api/<method>` with a bot token (`xoxb-…`). Answers are HTTP 200 with `ok: false` for most
 * errors, so every answer is classified by its `error` word. chat.postMessage cannot be repeated: Slack has no dependable
 * idempotency key for bots. One message a second and channel, and "several hundred" a minute in a workspace, taken for 200;
 * 429 carries `Retry-After` in seconds. 5xx come from gateways, in HTML as often as not.
 * Source: docs.slack.dev, Web API, chat.postMessage and rate limits, read 2026-11-20.
 */
import { z } from 'zod';
import type { ErrorClass } from '../core/delivery-error.ts';
import { type Failure, type HttpResponse, operation, target } from '../core/target.ts';

const Connection = z.strictObject({ token: z.string().min(1), baseUrl: z.url().default('https://slack.com/api') });
type Connection = z.output<typeof Connection>;

const Answer = z.looseObject({ ok: z.boolean(), error: z.string().default('unknown_error') });
const Posted = z.object({ channel: z.string(), ts: z.string() });

/** What is not listed here stops: `channel_not_found`, `not_in_channel`, `is_archived` and their like. */
const CLASS_BY_ERROR: Readonly<Record<string, ErrorClass>> = {
  ratelimited: 'rate-limit',
  rate_limited: 'rate-limit',
  message_limit_exceeded: 'rate-limit',
  unknown_error: 'transient',
  internal_error: 'transient',
  fatal_error: 'transient',
  service_unavailable: 'transient',
  request_timeout: 'transient',
  team_added_to_org: 'transient',
  invalid_auth: 'auth',
  not_authed: 'auth',
  token_expired: 'auth',
  token_revoked: 'auth',
  account_inactive: 'auth',
  missing_scope: 'auth',
  msg_too_long: 'validation',
  no_text: 'validation',
  invalid_arguments: 'validation',
  invalid_blocks: 'validation',
};
/** Slack may have posted the message before it met one of these. */
const UNSURE: readonly string[] = [
  'unknown_error',
  'internal_error',
  'fatal_error',
  'request_timeout',
  'service_unavailable',
];

export const slack = target({
  kind: 'slack',
  connection: Connection,
  baseUrl: ({ baseUrl }) => baseUrl.replace(/\/$/, ''),
  auth: { scheme: 'headers', headers: ({ token }) => ({ authorization: `Bearer ${token}` }) },
  limit: { requests: 200, perMs: 60_000 },
  classify,
  probe: {
    request: () => ({ method: 'GET', path: '/auth.test' }),
    failure: (response) => failureOf(response)?.failure,
  },
  sandbox: { token: 'xoxb-sandbox' },
  operations: {
    /** Posts a message. Formatting: Slack's mrkdwn; `&`, `<` and `>` in data must be escaped with `mrkdwn()`. */
    postMessage: operation<Connection>()({
      input: z.strictObject({ channel: z.string().min(1), text: z.string().min(1).max(40_000) }),
      repeatable: { by: 'none' },
      paced: { key: ({ channel }) => channel, requests: 1, perMs: 1_000 },
      request: ({ channel, text }) => ({
        method: 'POST',
        path: '/chat.postMessage',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ channel, text }).toString(),
      }),
      result: (response) => failureOf(response) ?? Posted.parse(JSON.parse(response.body.toString('utf8'))),
      sample: {
        input: { channel: '#payments', text: 'Payment of 49.00 EUR failed' },
        result: { channel: 'C024BE91L', ts: '1794475800.000200' },
      },
    }),
  },
});

/** Escapes text from outside for mrkdwn, so that it cannot mention or link. @see docs.slack.dev, "Formatting message text" */
export const mrkdwn = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function failureOf(response: HttpResponse): { failure: Failure } | undefined {
  const { ok, error } = Answer.parse(JSON.parse(response.body.toString('utf8')));
  if (ok) return undefined;
  return { failure: { ...failureBy(error, response), outcome: UNSURE.includes(error) ? 'unknown' : 'refused' } };
}

/** A 4xx that carries Slack's own word: the word says the class, the status whether the call was refused. */
function classify(response: HttpResponse): Failure | undefined {
  try {
    const { data } = Answer.safeParse(JSON.parse(response.body.toString('utf8')));
    const listed = data && Object.hasOwn(CLASS_BY_ERROR, data.error);
    return listed && response.status < 500 ? failureBy(data.error, response) : undefined;
  } catch {
    return undefined;
  }
}

function failureBy(error: string, { headers }: HttpResponse): Failure {
  const errorClass = CLASS_BY_ERROR[error] ?? 'permanent';
  const seconds = headers['retry-after'];
  // Always whole seconds at Slack; anything else is left to the schedule.
  const waits = seconds !== undefined && /^\d+$/.test(seconds) && { retryAfterMs: Number(seconds) * 1_000 };
  return { errorClass, code: error, message: error, ...waits };
}
