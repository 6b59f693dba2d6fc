import { z } from 'zod';
import { flow } from '../core/flow.ts';
import { mrkdwn } from '../targets/slack.ts';
import { slack, stripe } from './systems.ts';

const FailedInvoice = z.object({
  data: z.object({
    object: z.object({
      number: z.string().nullish(),
      amount_due: z.number().int(),
      currency: z.string().length(3),
      attempt_count: z.number().int().default(1),
      customer_email: z.string().nullish(),
      hosted_invoice_url: z.url().nullish(),
    }),
  }),
});

export default flow({
  purpose: 'A payment that failed at Stripe is told to the payments channel, so that somebody calls the customer.',
  owner: 'finance',
  from: stripe,
  types: ['invoice.payment_failed'],
  payload: FailedInvoice,
  // Slack cannot tell a repeat: a message whose outcome is not known waits for a human.
  to: [{ operation: slack.postMessage, ifUnknown: 'stop' }],
  order: 'any',
  async run({ data: { object: invoice } }) {
    const amount = amountOf(invoice.amount_due, invoice.currency.toUpperCase());
    const who = mrkdwn(invoice.customer_email ?? 'a customer');
    const which = mrkdwn(invoice.number ?? 'an invoice');
    const link = invoice.hosted_invoice_url ? ` ${invoice.hosted_invoice_url}` : '';
    const text = `Payment ${invoice.attempt_count} of ${amount} by ${who} failed (${which}).${link}`;
    return slack.postMessage({ channel: '#payments', text });
  },
});

/** Stripe counts in the currency's smallest unit: cents for EUR, whole yen for JPY. */
function amountOf(smallestUnits: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return `${(smallestUnits / 10 ** digits).toFixed(digits)} ${currency}`;
}
