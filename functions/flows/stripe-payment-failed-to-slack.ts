import { z } from 'zod';
import { flow } from '../core/flow.ts';
import { mrkdwn } from '../targets/slack.ts';
import { slack, stripe } from './systems.ts';

const FailedInvoice = z.object({
  data: z.object({
    object: z.object({
      number: z.string().nullish(),
      amount_due: z.number().int(),
      currency: z.string(),
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
    const amount = (invoice.amount_due / 100).toFixed(2);
    const who = mrkdwn(invoice.customer_email ?? 'a customer');
    const which = mrkdwn(invoice.number ?? 'an invoice');
    const link = invoice.hosted_invoice_url ? ` ${invoice.hosted_invoice_url}` : '';
    const text = `Payment ${invoice.attempt_count} of ${amount} ${invoice.currency.toUpperCase()} by ${who} failed (${which}).${link}`;
    return slack.postMessage({ channel: '#payments', text });
  },
});
