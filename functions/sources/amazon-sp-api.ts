/**
 * Amazon's Selling Partner API: notifications.
 *
 * Amazon calls no URL: it writes to a queue of ours, or to a partner event bus, and whether that was Amazon is the queue's
 * policy to decide, or the bus's. Nothing in a notification is signed; it must name our application. No release connects
 * such a queue yet, so a flow that names this source is refused, in one line.
 * Sources: developer-docs.amazon.com, "Notifications API"; amzn/selling-partner-api-models 34dc93f; the casing of envelopes
 * and what EventBridge puts around them is commonly known, not read; 2026-11-21.
 */
import * as z from 'zod/mini';
import { type Fresh, source } from '../core/source.ts';
import { firstText } from './common/body.ts';
import { parseExactly, partOf } from './common/json.ts';
import { sameText } from './common/signature.ts';
import { utc } from './common/time.ts';

/** What the samples' application is called. */
const SAMPLE_APPLICATION = 'amzn1.sellerapps.app.00000000-0000-0000-0000-000000000001';

export const amazonSpApi = source({
  kind: 'amazon-sp-api',
  sheet: {
    vendor: 'Amazon Selling Partner API',
    needs: [{ field: 'applicationId', what: 'the application’s ID, `amzn1.sellerapps.app.…`', isSecret: false }],
    signs: 'nothing: the queue’s policy admits Amazon alone, and the notification names the application',
    window: 'none',
    batch: 'one notification a message',
    identity: '`NotificationMetadata.NotificationId`',
    entity: 'the order, report, feed or item that the payload names',
    occurredAt: '`EventTime`',
    answer: 'none: by SQS or EventBridge, which this release does not connect',
    redelivery: 'as the queue says; commonly known: at least once, in no order',
    setUp: [
      'Not yet: a flow that names this source is refused.',
      'Later: createDestination with an SQS queue or an event bus; which one, the notification’s type decides.',
      'Then createSubscription for each notification that flows name.',
    ],
    rotation: ['nothing to do: there is no secret'],
    oddities: [
      {
        date: '2026-11-21',
        what: 'payloads are spelt in two ways, `OrderChangeNotification` and `sellerId`, by their type',
      },
      { date: '2026-11-21', what: 'Amazon advises a second way to find what was missed, such as polling' },
    ],
    judged: {
      documentation:
        'developer-docs.amazon.com, "Notifications API"; the schemas of amzn/selling-partner-api-models 34dc93f',
    },
  },
  connection: z.object({ applicationId: z.string().check(z.minLength(1)) }),
  proof: 'credential',
  methods: ['SQS', 'EVENTBRIDGE'],
  answerWithinMs: 10_000,
  types: {
    ORDER_CHANGE: {
      shape: 'delta',
      sample: (fresh) =>
        notification('ORDER_CHANGE', fresh, {
          OrderChangeNotification: {
            NotificationLevel: 'OrderLevel',
            SellerId: 'A0ADA1815LOVELACE',
            AmazonOrderId: `903-${fresh.number}-${fresh.number}`,
            OrderChangeType: 'OrderStatusChange',
            Summary: { MarketplaceId: 'A1PA6795UKMFR9', OrderStatus: 'Unshipped' },
          },
        }),
    },
    REPORT_PROCESSING_FINISHED: {
      shape: 'hint',
      sample: (fresh) =>
        notification('REPORT_PROCESSING_FINISHED', fresh, {
          reportProcessingFinishedNotification: {
            sellerId: 'A0ADA1815LOVELACE',
            reportId: `5451${fresh.number}`,
            reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA',
            processingStatus: 'DONE',
          },
        }),
    },
  },
  /** Without an id to tell it from its copies, a notification is none. */
  verify({ body }, { secrets }) {
    const { notification } = notificationIn(body);
    const application = valueAt(notification, 'NotificationMetadata', 'ApplicationId');
    if (application === undefined || application === '') return 'missing-credential';
    if (typeof application !== 'string' || idOf(notification) === undefined) return 'malformed-credential';
    return secrets.some(({ applicationId }) => sameText(applicationId, application)) ? 'valid' : 'wrong-credential';
  },
  read({ body }) {
    const { notification, isWrapped } = notificationIn(body);
    const id = idOf(notification);
    const type = textAt(notification, 'NotificationType');
    if (id === undefined || type === undefined)
      return { unreadable: 'its NotificationId or NotificationType is missing' };
    const at = textAt(notification, 'EventTime');
    const event = {
      type,
      eventId: id,
      key: id,
      occurredAt: at === undefined ? null : utc(at),
      entityId: entityIn(valueAt(notification, 'Payload'), MAX_DEPTH) ?? null,
    };
    // Flows get the notification itself, however it came.
    return { events: [isWrapped ? { ...event, part: partOf(notification) } : event] };
  },
  sign: () => ({ headers: { 'content-type': 'application/json' } }),
  pair: () => ({ connection: { applicationId: SAMPLE_APPLICATION }, vendor: { applicationId: SAMPLE_APPLICATION } }),
});

/** Names of ids in payloads, the most particular first. */
const ENTITIES = [
  ...['AmazonOrderId', 'ReportId', 'FeedId', 'SellerFulfillmentOrderId'],
  ...['SellerSku', 'SellerSKU', 'Sku', 'SKU', 'Asin', 'ASIN'],
];
const MAX_DEPTH = 3;

/** As it came from a queue, or as the detail of an event of a bus. */
function notificationIn(body: Buffer): { notification: unknown; isWrapped: boolean } {
  const json = jsonOf(body);
  const detail = valueAt(json, 'detail');
  return { notification: detail ?? json, isWrapped: detail !== undefined };
}

function jsonOf(body: Buffer): unknown {
  try {
    return parseExactly(body);
  } catch {
    return undefined;
  }
}

/** What is at a path of which each name may begin with a small letter. */
function valueAt(json: unknown, ...path: readonly string[]): unknown {
  let value = json;
  for (const name of path) {
    const inner = Object(value) as Record<string, unknown>;
    const spellings = new Set([name, name[0]!.toLowerCase() + name.slice(1)]);
    const [spelt, ...others] = [...spellings].filter((key) => Object.hasOwn(inner, key));
    value = spelt !== undefined && others.length === 0 ? inner[spelt] : undefined;
  }
  return value;
}

const textAt = (json: unknown, ...path: readonly string[]) => firstText({ value: valueAt(json, ...path) }, 'value');
const idOf = (notification: unknown) => textAt(notification, 'NotificationMetadata', 'NotificationId');

/** The id that stands nearest to the top. */
function entityIn(payload: unknown, depth: number): string | undefined {
  const here = ENTITIES.map((name) => textAt(payload, name)).find((id) => id !== undefined);
  if (here !== undefined || depth === 0 || typeof payload !== 'object') return here;
  return Object.values(Object(payload))
    .map((inner) => entityIn(inner, depth - 1))
    .find((id) => id !== undefined);
}

function notification(type: string, { id, now }: Fresh, payload: object) {
  return {
    NotificationVersion: '1.0',
    NotificationType: type,
    PayloadVersion: '1.0',
    EventTime: now.toISOString(),
    Payload: payload,
    NotificationMetadata: {
      ApplicationId: SAMPLE_APPLICATION,
      SubscriptionId: `sub-${id}`,
      PublishTime: now.toISOString(),
      NotificationId: id,
    },
  };
}
