import { genericLead, shopifyOrder, standardWebhook, stripePaymentFailed, type Vendor } from '../journeys/vendors.ts';
import type { Drill } from './drill.ts';
import { HOUR_MS, MINUTE_MS } from './time.ts';

const EVENTS = 4;
/**
 * What SQS is asked after its twenty minutes it does, and three times nobody hears of it: the same messages come once more.
 */
const FAULTS = [
  'fail:sqs:operation=SendMessage:status=503:for=20m',
  'fail:sqs:operation=SendMessageBatch:status=503:for=20m',
  'drop-answer:sqs:operation=SendMessageBatch:times=3',
];

/**
 * When each vendor tries again, from the first time on. Shopify: 8 times in 4 hours; Stripe: over three days, ever more
 * rarely; Standard Webhooks: 5 s, 5 min, 30 min, …; a sender of one's own: as it likes. Some are left out here.
 */
const VENDORS: readonly { vendor: Vendor; prefix: string; triesAtMs: readonly number[] }[] = [
  { vendor: shopifyOrder, prefix: 'order', triesAtMs: [0, 5 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS] },
  { vendor: stripePaymentFailed, prefix: 'payment', triesAtMs: [0, HOUR_MS, 3 * HOUR_MS] },
  { vendor: standardWebhook, prefix: 'contact', triesAtMs: [0, 30 * MINUTE_MS, 2 * HOUR_MS] },
  { vendor: genericLead, prefix: 'lead', triesAtMs: [0, 30 * MINUTE_MS, HOUR_MS] },
];

export const sqsRefuses: Drill = {
  name: 'sqs-refuses',
  purpose: 'SQS takes no messages for twenty minutes: vendors are told to come back, and do',
  timing: 'normal',
  begins: { weekday: 3, hour: 14 },
  async run(day) {
    const { hub, say, check } = day;
    await say('SQS refuses SendMessage and SendMessageBatch, and loses some answers when it is back');
    await hub.faults(...FAULTS);
    const open = new Map(VENDORS.map(({ prefix }) => [prefix, day.newIds(prefix, EVENTS)]));
    const rounds = [...new Set(VENDORS.flatMap(({ triesAtMs }) => triesAtMs))].sort((one, other) => one - other);
    let passedMs = 0;
    for (const atMs of rounds) {
      await day.pass(atMs - passedMs, { grainMs: 5 * MINUTE_MS });
      passedMs = atMs;
      const trying = VENDORS.filter(
        ({ triesAtMs, prefix }) => triesAtMs.includes(atMs) && open.get(prefix)!.length > 0,
      );
      await Promise.all(
        trying.map(async ({ vendor, prefix }) => open.set(prefix, await day.send(vendor, open.get(prefix)!))),
      );
    }
    await day.passUntilDone({ grainMs: 5 * MINUTE_MS, withinMs: HOUR_MS });
    const given = day.accepted().length;
    await say(`all delivered: ${given} events, ${day.counts.refused} refusals`);
    check('every event was accepted in the end', given === VENDORS.length * EVENTS, [...open.values()].flat());
    check('vendors met refusals', day.counts.refused >= VENDORS.length * EVENTS, day.counts);
  },
};
