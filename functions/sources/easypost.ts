/**
 * EasyPost webhooks.
 *
 * HMAC-SHA256, lower-case hex behind `hmac-sha256-hex=`. The key is the webhook's secret in Unicode's NFKD. Which of two
 * schemes is checked, an option says, never the request:
 * - v1: over the raw body, in `X-Hmac-Signature`. No time is signed.
 * - v2: over timestamp, method, path and raw body, one after the other, in `X-Hmac-Signature-V2`; the timestamp is the text
 *   of `X-Timestamp`, the path that of `X-Path`, which must be the one that was requested. No window is documented.
 * Without a secret EasyPost signs nothing; such requests are refused.
 * Source: @easypost/api 8.9.0, Utils.validateWebhook, for v1; v2 is secondary: four other receivers agree, read 2026-11-21.
 *
 * Oddities: weights are written as `35.0`, which JSON of JavaScript does not keep, so EasyPost's own library repairs the
 * body before it hashes (2026-11-21); we hash what came.
 */
import * as z from 'zod/mini';
import {
  type Fresh,
  type Source,
  type SourceDefinition,
  type SourceRequest,
  source,
  type Verdict,
  type VerifyContext,
} from '../core/source.ts';
import { firstText, requiredText } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly } from './common/json.ts';
import { checkOptions } from './common/options.ts';
import { stampMs, utc } from './common/time.ts';
import { PUBLIC_URL_NEED, signedUrl, UrlSecretConnection } from './common/url.ts';

export type EasypostOptions<More extends string = never> = {
  /** Which signature EasyPost sends for this webhook; the other one is not looked at. @default 'v1' */
  readonly signature?: 'v1' | 'v2';
  /** Further event types that flows name. */
  readonly types?: readonly More[];
};

/** @throws Error `[syncline] [easypost] …` for options that cannot be meant. */
export function easypost<const More extends string = never>(
  name: string,
  options: EasypostOptions<More> = {},
): Source<keyof typeof connector.types | More> {
  const { signature } = checkOptions('easypost', Options, RIGHT, options);
  const { types = [] } = options;
  return source<Connection, keyof typeof connector.types>({ ...connector, ...SCHEMES[signature] })(name, { types });
}

type Connection = z.output<typeof UrlSecretConnection>;

const Options = z.strictObject({
  signature: z._default(z.enum(['v1', 'v2']), 'v1'),
  types: z.optional(z.array(z.string().check(z.minLength(1)))),
});
const RIGHT = { signature: "'v1' or 'v2'", types: 'a list of event types' };

const KEYED = {
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'hmac-sha256-hex=',
  key: (secret: string) => secret.normalize('NFKD'),
} as const;
const PATH = 'x-path';

const v1 = headerSignature({ ...KEYED, header: 'x-hmac-signature' });

/** @param path As EasyPost names it, checked by whoever asks. */
const v2 = (path: string) =>
  headerSignature({
    ...KEYED,
    header: 'x-hmac-signature-v2',
    content: ({ timestamp, method, body }) => [timestamp + method + path, body],
    timestamp: { header: 'x-timestamp', parse: stampMs, write: (now) => now.toUTCString().replace('GMT', '+0000') },
  });

const SCHEMES = {
  v1,
  v2: {
    verify(request: SourceRequest, context: VerifyContext<Connection>): Verdict {
      const path = request.headers[PATH];
      if (path === undefined) return 'missing-header';
      if (typeof path !== 'string') return 'malformed-header';
      const secrets = context.secrets.filter((connection) =>
        pathsOf(signedUrl(request, context, connection)).includes(path),
      );
      return v2(path).verify(request, { ...context, secrets });
    },
    sign(sample, connection) {
      const path = pathsOf(connection.publicUrl ?? sample.url)[0]!;
      const { headers } = v2(path).sign(sample, connection);
      return { headers: { ...headers, [PATH]: path } };
    },
  },
} satisfies Record<string, Pick<SourceDefinition<Connection, string>, 'verify' | 'sign'>>;

/** A URL's path, and that with the query: no page says which of them EasyPost means. */
function pathsOf(url: string): string[] {
  const path = url.replace(/^https?:\/\/[^/?]*/, '');
  return [path.split('?')[0]!, path];
}

const connector = {
  kind: 'easypost',
  sheet: {
    vendor: 'EasyPost',
    needs: [
      { field: 'secret', what: 'the webhook’s secret, a text of your own choice', isSecret: true },
      { ...PUBLIC_URL_NEED, what: 'only for v2: the webhook’s URL, without a query, where it is not the source’s own' },
    ],
    signs: 'HMAC-SHA256 over the body, hex, in X-Hmac-Signature; v2 by an option, over time, method, path and body',
    window: 'none',
    batch: 'one event a request',
    identity: '`id`, the same over retries',
    entity: '`result.id`',
    occurredAt: '`created_at`',
    answer: '2xx within 7 s (secondary)',
    redelivery: 'at growing intervals for about 24 h',
    setUp: [
      'Account settings → Webhooks, or the API: add the source’s URL.',
      'Give it a secret (`webhook_secret`): without one EasyPost signs nothing, and all is refused.',
      'Set the same secret here; all events come, flows name the ones they want.',
    ],
    rotation: ['SET the new secret here: both work for 7 days', 'change the webhook’s secret at EasyPost'],
    oddities: [
      {
        date: '2026-11-21',
        what: 'weights are written as `35.0`; what parses and rewrites the body breaks the signature',
      },
      { date: '2026-11-21', what: 'EasyPost’s own library does not know v2' },
    ],
    judged: {
      package: '@easypost/api 8.9.0 (v1)',
      example: 'the event and signature of EasyPost/examples (v1)',
      documentation: 'secondary: other receivers (v2)',
    },
  },
  connection: UrlSecretConnection,
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 7_000,
  types: {
    'tracker.created': { shape: 'state', sample: (fresh) => tracker('tracker.created', fresh, 'pre_transit') },
    'tracker.updated': { shape: 'state', sample: (fresh) => tracker('tracker.updated', fresh, 'delivered') },
    'batch.created': { shape: 'state', sample: (fresh) => batch('batch.created', fresh, 'creating') },
    'batch.updated': { shape: 'state', sample: (fresh) => batch('batch.updated', fresh, 'purchased') },
    'refund.successful': {
      shape: 'state',
      sample: (fresh) =>
        event('refund.successful', fresh, {
          id: `rfnd_${fresh.id}`,
          object: 'Refund',
          tracking_code: `EZ${fresh.number}`,
          carrier: 'USPS',
          status: 'refunded',
        }),
    },
  },
  read({ body }) {
    const json = parseExactly(body);
    const eventId = requiredText(json, 'id');
    const at = firstText(json, 'created_at');
    return {
      events: [
        {
          type: requiredText(json, 'description'),
          eventId,
          key: eventId,
          occurredAt: at === undefined ? null : utc(at),
          entityId: firstText(json, 'result.id') ?? null,
        },
      ],
    };
  },
} satisfies Omit<SourceDefinition<Connection, string>, 'verify' | 'sign'>;

function event(description: string, { id, now }: Fresh, result: object) {
  const at = now.toISOString();
  return {
    id: `evt_${id}`,
    object: 'Event',
    mode: 'production',
    description,
    status: 'pending',
    created_at: at,
    updated_at: at,
    previous_attributes: {},
    result: { ...result, mode: 'production', created_at: at, updated_at: at },
  };
}

const tracker = (description: string, fresh: Fresh, status: string) =>
  event(description, fresh, {
    id: `trk_${fresh.id}`,
    object: 'Tracker',
    tracking_code: `EZ${fresh.number}`,
    carrier: 'DHLExpress',
    status,
    weight: 614.4,
    tracking_details: [{ object: 'TrackingDetail', status, message: 'Engine, this side up' }],
  });

const batch = (description: string, fresh: Fresh, state: string) =>
  event(description, fresh, { id: `batch_${fresh.id}`, object: 'Batch', state, num_shipments: 3 });
