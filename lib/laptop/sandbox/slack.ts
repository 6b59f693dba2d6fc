/**
 * Slack in the sandbox: `chat.postMessage` and `auth.test`, with form and JSON bodies. Any bearer token is good, any channel
 * exists, and text is not rendered. A record is a message; its key is its `ts`.
 * Source: docs.slack.dev, chat.postMessage, auth.test and rate limits, read 2026-11-20.
 */
import { createHash } from 'node:crypto';
import type { Records } from './store.ts';
import { notInSandbox, parseJson, type Vendor, type VendorAnswer, type VendorCall } from './vendor.ts';

const MAX_TEXT_LENGTH = 40_000;

/** Slack says most of its errors with a 200. */
const no = (error: string): VendorAnswer => ({ status: 200, body: { ok: false, error } });

export const slack: Vendor = {
  answers: {
    down: { status: 503 },
    'rate-limit': { status: 429, headers: { 'retry-after': '2' }, body: { ok: false, error: 'ratelimited' } },
    refuse: no('invalid_arguments'),
    revoke: no('token_revoked'),
  },
  handle(call, records) {
    if (!/^Bearer \S/.test(call.headers.authorization ?? '')) return no('not_authed');
    if (call.path === '/auth.test') return { status: 200, body: WHO };
    if (call.path === '/chat.postMessage' && call.method === 'POST') return postMessage(call, records);
    return notInSandbox('slack', `${call.method} ${call.path}`);
  },
};

const WHO = {
  ok: true,
  url: 'https://sandbox.slack.com/',
  team: 'Sandbox',
  user: 'syncline',
  team_id: 'T00SANDBOX',
  user_id: 'U00SANDBOX',
  bot_id: 'B00SANDBOX',
};

function postMessage(call: VendorCall, records: Records): VendorAnswer {
  const { channel, text } = argumentsOf(call);
  if (typeof channel !== 'string' || channel === '') return no('channel_not_found');
  if (typeof text !== 'string' || text === '') return no('no_text');
  if (text.length > MAX_TEXT_LENGTH) return no('msg_too_long');
  const ts = `${Math.floor(call.now / 1_000)}.${String(records.nextNumber()).padStart(6, '0')}`;
  records.add({ type: 'message', id: ts, key: ts, fields: { channel, text } });
  const message = { type: 'message', text, ts, user: WHO.user_id, bot_id: WHO.bot_id };
  return { status: 200, body: { ok: true, channel: channelId(channel), ts, message } };
}

function argumentsOf({ headers, body }: VendorCall): Record<string, unknown> {
  if (headers['content-type']?.startsWith('application/json')) {
    return (parseJson(body) as Record<string, unknown> | null | undefined) ?? {};
  }
  return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
}

/** A channel may be named; Slack answers with its id. */
function channelId(channel: string): string {
  if (/^[CDG][A-Z0-9]{8,}$/.test(channel)) return channel;
  return `C${createHash('sha256').update(channel).digest('hex').slice(0, 10).toUpperCase()}`;
}
