/**
 * Slack: the Events API, slash commands and interactions.
 *
 * HMAC-SHA256 over `v0:<timestamp>:<raw body>`, lower-case hex behind `v0=`, in `X-Slack-Signature`; the timestamp is Unix
 * seconds in `X-Slack-Request-Timestamp`. Older than 300 s is refused; a future one is not, as in Slack's own Bolt. Events
 * are JSON; commands and interactions are forms, the latter with JSON in `payload`. `url_verification` is signed like the
 * rest, and answered with its challenge only then.
 * Source: @slack/bolt 5.1.0, verify-request; docs.slack.dev, "Verifying requests from Slack", read 2026-11-21.
 *
 * Identity: events have `event_id`, the same over retries, which are signed anew. Commands and interactions have
 * `trigger_id`, which is one for each time somebody acts; what has neither is told apart by its bytes.
 */
import * as z from 'zod/mini';
import { type Fresh, type ReadResult, source } from '../core/source.ts';
import { contentKey, firstText, UNTYPED } from './common/body.ts';
import { FORM, fieldsOf, formOf } from './common/form.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly } from './common/json.ts';
import { unixSeconds } from './common/signature.ts';
import { isoOfSeconds } from './common/time.ts';

const MAX_AGE_MS = 300_000;

const { verify, sign } = headerSignature({
  header: 'x-slack-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v0=',
  content: ({ timestamp, body }) => [`v0:${timestamp}:`, body],
  timestamp: { header: 'x-slack-request-timestamp', maxAgeMs: MAX_AGE_MS },
});

export const slack = source({
  kind: 'slack',
  sheet: {
    vendor: 'Slack',
    needs: [{ field: 'secret', what: 'the app’s signing secret, 32 hex digits', isSecret: true }],
    signs: 'HMAC-SHA256 over `v0:<timestamp>:<body>`, hex, in X-Slack-Signature behind v0=',
    window: '300 s old; ahead is not refused, as in Slack’s own library',
    batch: 'one event a request',
    identity: '`event_id`; of commands and interactions `trigger_id`',
    entity: 'the channel, else the user',
    occurredAt: '`event_time`; commands and interactions have none',
    answer: '200 within 3 s',
    redelivery: 'events 3 times in about 6 minutes; commands and interactions never',
    setUp: [
      'api.slack.com/apps → the app → Event Subscriptions, Slash Commands, Interactivity: the source’s URL in each.',
      'Set the signing secret (Basic Information) here first: Slack checks the URL with a signed challenge.',
      'Choose the events that flows name; a command’s event type is its name with the slash.',
    ],
    rotation: [
      'regenerate the signing secret (Basic Information)',
      'SET the new secret here at once: Slack signs with one secret only',
    ],
    oddities: [
      { date: '2026-11-21', what: 'an app of which 95 % of events fail for an hour is disabled, as is commonly known' },
    ],
    judged: { package: '@slack/bolt 5.1.0', example: 'the value published in "Verifying requests from Slack"' },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 3_000,
  // Events come again, but not for long; commands and interactions do not.
  retries: false,
  types: {
    message: {
      shape: 'state',
      sample: (fresh) => callback(fresh, { type: 'message', text: 'The engine stands still.' }),
    },
    app_mention: {
      shape: 'state',
      sample: (fresh) => callback(fresh, { type: 'app_mention', text: '<@U0ENGINE> status, please' }),
    },
    reaction_added: {
      shape: 'delta',
      sample: (fresh) =>
        callback(fresh, { type: 'reaction_added', reaction: 'tada', item: { type: 'message', channel: 'C0ENGINES' } }),
    },
    '/syncline': {
      shape: 'delta',
      ordered: false,
      sample: (fresh) => ({
        command: '/syncline',
        text: 'order 1042',
        ...{ team_id: 'T0LONDON', channel_id: 'C0ENGINES', user_id: 'U0LOVELACE', user_name: 'ada' },
        response_url: 'https://hooks.slack.com/commands/1234/5678',
        trigger_id: triggerOf(fresh),
      }),
    },
    block_actions: {
      shape: 'delta',
      ordered: false,
      sample: (fresh) => ({
        type: 'block_actions',
        team: { id: 'T0LONDON', domain: 'engines' },
        channel: { id: 'C0ENGINES', name: 'engines' },
        user: { id: 'U0LOVELACE', username: 'ada' },
        actions: [{ action_id: 'approve', block_id: `order-${fresh.number}`, type: 'button', value: 'yes' }],
        trigger_id: triggerOf(fresh),
      }),
    },
  },
  verify,
  read({ body, acceptedAt }): ReadResult {
    const given = decode(body, parseExactly);
    if (firstText(given, 'type') === 'url_verification') return { events: [], response: answerTo(given) };
    const eventId = firstText(given, 'event_id') ?? null;
    const trigger = firstText(given, 'trigger_id');
    const once = trigger === undefined ? contentKey(body, acceptedAt) : `trigger:${trigger}`;
    return {
      events: [
        {
          type: firstText(given, ['command', 'event.type', 'type']) ?? UNTYPED,
          eventId,
          key: eventId ?? once,
          occurredAt: isoOfSeconds(firstText(given, 'event_time')),
          entityId: firstText(given, PLACES) ?? null,
        },
      ],
    };
  },
  payload: (body) => decode(body, JSON.parse),
  encode: (sample) => (isEvent(sample) ? JSON.stringify(sample) : formOf(inForm(sample as object))),
  sign(sample, connection) {
    const { headers } = sign(sample, connection);
    return { headers: { ...headers, 'content-type': sample.body.startsWith('{') ? 'application/json' : FORM } };
  },
});

/** Where an event happened, or else who did it. */
const PLACES = [
  ...['event.channel', 'event.channel.id', 'channel_id', 'channel.id'],
  ...['event.user', 'event.user.id', 'user_id', 'user.id'],
];

/** Events are JSON, interactions JSON in a form's `payload`, commands a plain form. */
function decode(body: Buffer, parse: (text: string) => unknown): object {
  const text = body.toString('utf8');
  if (/^\s*\{/.test(text)) return parse(text) as object;
  const fields = Object.fromEntries(fieldsOf(body));
  const given = fields.payload === undefined ? fields : parse(fields.payload);
  if (typeof given !== 'object' || given === null) throw new Error('the form’s payload is not an object');
  return given;
}

/** Plain text: whoever can sign it can only have it echoed. */
const answerTo = (given: object) => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: firstText(given, 'challenge') ?? '',
});

const isEvent = (sample: unknown) => Object.hasOwn(sample as object, 'event_id');
const inForm = (sample: object) => ('command' in sample ? sample : { payload: JSON.stringify(sample) });
const triggerOf = ({ id, number }: Fresh) => `${number}.${number + 1}.${id}`;

function callback({ id, now }: Fresh, event: object) {
  const seconds = unixSeconds(now);
  return {
    type: 'event_callback',
    ...{ team_id: 'T0LONDON', api_app_id: 'A0ENGINE' },
    event: { user: 'U0LOVELACE', channel: 'C0ENGINES', ts: `${seconds}.000200`, ...event },
    event_id: `Ev${id.toUpperCase()}`,
    event_time: seconds,
  };
}
