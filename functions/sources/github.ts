/**
 * GitHub webhooks of repositories, organizations and apps.
 *
 * HMAC-SHA256 over the raw body, lower-case hex behind `sha256=`, in `X-Hub-Signature-256`. No time is signed, nor the
 * event's name and id, which are headers: replays are stopped by the ledger, not here. The older `X-Hub-Signature` (SHA-1)
 * is not looked at. The body may be JSON, or a form with the JSON in `payload`.
 * Source: docs.github.com, "Validating webhook deliveries"; @octokit/webhooks-methods 6.0.0, read 2026-11-21.
 */
import * as z from 'zod/mini';
import { type Fresh, type Received, source } from '../core/source.ts';
import { firstText } from './common/body.ts';
import { FORM, fieldsOf } from './common/form.ts';
import { headerSignature } from './common/header-signature.ts';

const { verify, sign } = headerSignature({
  header: 'x-hub-signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
});

export const github = source({
  kind: 'github',
  sheet: {
    vendor: 'GitHub',
    needs: [{ field: 'secret', what: 'the webhook’s secret, a text of your own choice', isSecret: true }],
    signs: 'HMAC-SHA256 over the body, hex, in X-Hub-Signature-256 behind sha256=',
    window: 'none',
    batch: 'one event a request',
    identity: 'X-GitHub-Delivery; a redelivery keeps it',
    entity: 'the id of the comment, review, pull request, issue, release or run',
    occurredAt: '`updated_at` of that record',
    answer: '2xx within 10 s',
    redelivery: 'none; by hand or API for 3 days',
    setUp: [
      'Settings → Webhooks → Add webhook, of a repository or an organization.',
      'Payload URL: the source’s URL; content type: application/json; secret: a long random text.',
      'Choose the events that flows name; GitHub sends `ping` at once, which is accepted and reaches no flow.',
    ],
    rotation: ['SET the new secret here', 'change the secret in the webhook’s settings'],
    oddities: [{ date: '2026-11-21', what: 'bodies may have 25 MB, API Gateway takes 10 MB' }],
    judged: {
      package: '@octokit/webhooks-methods 6.0.0',
      example: 'the value published in docs.github.com, "Validating webhook deliveries"',
    },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['POST'],
  carries: ['x-github-event', 'x-github-delivery', 'x-github-hook-id'],
  answerWithinMs: 10_000,
  retries: false,
  types: {
    push: {
      shape: 'delta',
      ordered: false,
      sample: (fresh) => ({
        ref: 'refs/heads/main',
        before: fresh.id.padEnd(40, '0').slice(0, 40),
        after: fresh.id.padEnd(40, '1').slice(0, 40),
        ...common(fresh),
        commits: [{ message: 'Carry the one', timestamp: fresh.now.toISOString(), author: { name: 'Ada Lovelace' } }],
      }),
    },
    'issues.opened': {
      shape: 'state',
      sample: (fresh) => ({ action: 'opened', issue: record(fresh, 'The mill stands still'), ...common(fresh) }),
    },
    'pull_request.closed': {
      shape: 'state',
      sample: (fresh) => ({
        action: 'closed',
        pull_request: { ...record(fresh, 'Oil the wheels'), merged: true },
        ...common(fresh),
      }),
    },
  },
  verify,
  read({ headers, body }) {
    const { 'x-github-event': event, 'x-github-delivery': id } = headers;
    if (typeof event !== 'string' || typeof id !== 'string' || id === '') {
      return { unreadable: 'the header X-GitHub-Event or X-GitHub-Delivery is missing' };
    }
    const json = jsonOf(textOf(body, headers['content-type']));
    const action = firstText(json, 'action');
    const about = RECORDS.find((name) => firstText(json, `${name}.id`) !== undefined);
    return {
      events: [
        {
          type: action === undefined ? event : `${event}.${action}`,
          eventId: id,
          key: id,
          occurredAt: firstText(json, `${about}.updated_at`) ?? null,
          entityId: firstText(json, `${about}.id`) ?? null,
        },
      ],
    };
  },
  payload: (body, contentType) => JSON.parse(textOf(body, contentType)),
  sign(sample, connection) {
    const { headers } = sign(sample, connection);
    const { id } = sample.fresh;
    return {
      headers: { ...headers, 'x-github-event': sample.type.split('.')[0]!, 'x-github-delivery': id },
    };
  },
});

/** What an event may be about, the nearest first. */
const RECORDS = ['comment', 'review', 'pull_request', 'issue', 'release', 'workflow_run', 'check_run'];

function textOf(body: Buffer, contentType: Received['headers'][string] | undefined): string {
  const isForm = String(contentType).startsWith(FORM);
  const payload = isForm ? fieldsOf(body).find(([name]) => name === 'payload')?.[1] : body.toString('utf8');
  if (payload === undefined) throw new Error('the form has no field "payload"');
  return payload;
}

/** The headers say enough to accept an event; of a body that is no JSON its flows are to complain. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record({ number, now }: Fresh, title: string) {
  const at = now.toISOString();
  return { id: number, number: number % 1_000, title, state: 'open', created_at: at, updated_at: at };
}

const common = ({ number }: Fresh) => ({
  repository: { id: number + 1, full_name: 'lovelace/engine' },
  sender: { id: number + 2, login: 'ada' },
});
