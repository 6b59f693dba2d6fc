import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Source, SourceRequest } from '../../../functions/core/source.ts';
import { ebay } from '../../../functions/sources/ebay.ts';
import { gusto } from '../../../functions/sources/gusto.ts';
import { mailchimp } from '../../../functions/sources/mailchimp.ts';
import { mandrill } from '../../../functions/sources/mandrill.ts';
import { meta } from '../../../functions/sources/meta.ts';
import { sapEventMesh } from '../../../functions/sources/sap-event-mesh.ts';
import { slack } from '../../../functions/sources/slack.ts';
import { woocommerce } from '../../../functions/sources/woocommerce.ts';
import { xero } from '../../../functions/sources/xero.ts';
import { explain } from '../../../lib/ops/explain/explain.ts';
import { answerInWords } from '../../../lib/ops/explain/handshake.ts';

const NOW = Date.parse('2026-11-20T09:30:00Z');
const SECRET = 'of the analytical mill';
const TOKEN = 'k7Vq0ZpXw3TtR9sB2mNcY5uLgJ8hDfEa';
const CHALLENGE = '6521464428';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type Given = Partial<Omit<SourceRequest, 'body'>> & { readonly body?: string };

/** What is said of a request, and that it holds no secret and no word of the request. */
async function said(source: Source, connections: readonly unknown[], given: Given, former: readonly unknown[] = []) {
  const { method = 'POST', rawQuery = '', headers = {}, body = '' } = given;
  const explanation = await explain(
    source,
    {
      request: { method, rawQuery, headers, body: Buffer.from(body) },
      ...{ connections, publicUrl: 'https://hub.example/v1/webhooks/vendor', now: NOW },
    },
    {
      ...{ set: 'syncline secrets set source/vendor --value -', former, others: {} },
      fetchKey: async () => Promise.reject(new Error('no key')),
    },
  );
  for (const word of [SECRET, TOKEN, CHALLENGE]) expect(JSON.stringify(explanation)).not.toContain(word);
  return explanation;
}

const metaConnection = { secret: SECRET, verifyToken: TOKEN };
const subscribe = (token: string): Given => ({
  method: 'GET',
  rawQuery: `hub.mode=subscribe&hub.challenge=${CHALLENGE}&hub.verify_token=${token}`,
});
const origin: Given = { method: 'OPTIONS', headers: { 'webhook-request-origin': 'eventmesh.example' } };
const basic = { username: 'sap', password: SECRET };
const ping: Given = { headers: FORM, body: 'webhook_id=42' };
const tokenHash = createHash('sha256').update(TOKEN).digest('hex');
const gustoToken: Given = { body: JSON.stringify({ verification_token: TOKEN, webhook_subscription_uuid: 'a' }) };

function slackChallenge(secret: string): Given {
  const body = JSON.stringify({ type: 'url_verification', challenge: CHALLENGE });
  const seconds = String(NOW / 1_000);
  const signature = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex');
  return { body, headers: { 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${signature}` } };
}

function xeroIntent(secret: string): Given {
  const body = '{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "ABC"}';
  return { body, headers: { 'x-xero-signature': createHmac('sha256', secret).update(body).digest('base64') } };
}

describe('a handshake that the hub answers', () => {
  test.each<[string, Source, unknown, Given, object]>([
    [
      'Meta’s challenge',
      meta('vendor'),
      metaConnection,
      subscribe(TOKEN),
      { contentType: 'text/plain; charset=utf-8', bodyBytes: 10 },
    ],
    [
      'eBay’s challenge',
      ebay('vendor'),
      { verificationToken: TOKEN, clientId: 'a', clientSecret: SECRET },
      { method: 'GET', rawQuery: `challenge_code=${CHALLENGE}` },
      { contentType: 'application/json', bodyBytes: 88 },
    ],
    ['Mandrill’s look', mandrill('vendor'), { secret: SECRET }, { method: 'HEAD' }, { bodyBytes: 0 }],
    ['SAP’s question', sapEventMesh('vendor'), { ...basic, allowedOrigins: ['*'] }, origin, { bodyBytes: 0 }],
    ['WooCommerce’s ping', woocommerce('vendor'), { secret: SECRET }, ping, { bodyBytes: 0 }],
    [
      'Mailchimp’s look',
      mailchimp('vendor'),
      { tokenHash },
      { method: 'GET', rawQuery: `token=${TOKEN}` },
      { bodyBytes: 0 },
    ],
    ['Gusto’s token', gusto('vendor'), { awaitingVerification: true }, gustoToken, { bodyBytes: 0, isKept: true }],
    [
      'Slack’s signed challenge',
      slack('vendor'),
      { secret: SECRET },
      slackChallenge(SECRET),
      { contentType: 'text/plain', bodyBytes: 10 },
    ],
    ['Xero’s intent to receive', xero('vendor'), { secret: SECRET }, xeroIntent(SECRET), { bodyBytes: 0 }],
  ])('is told with its status and the answer’s length: %s', async (_, source, connection, given, answer) => {
    expect(await said(source, [connection], given)).toMatchObject({
      ...{ verdict: 'valid', because: [] },
      handshake: { isAnswered: true, status: 200, ...answer },
    });
  });
});

describe('a handshake that the hub refuses', () => {
  const wrongly = (request: object) => ({ handshake: { isAnswered: false, status: 401 }, ...request });

  test('shows a token that is not set here', async () => {
    expect(await said(meta('vendor'), [metaConnection], subscribe('another'))).toEqual({
      ...{ verdict: 'handshake', handshake: { isAnswered: false, status: 403 } },
      because: [[{ about: 'unknown', what: expect.stringContaining('shows something else'), next: expect.anything() }]],
    });
    expect(
      await said(mailchimp('vendor'), [{ tokenHash }], { method: 'GET', rawQuery: 'token=another' }),
    ).toMatchObject(wrongly({ verdict: 'wrong-credential', because: [[{ about: 'unknown' }]] }));
  });

  test.each([
    ['begins or ends with white space', { ...metaConnection, verifyToken: ` ${TOKEN}` }, []],
    ['before the last change', { secret: SECRET, verifyToken: 'new' }, [metaConnection]],
  ])('shows a token where the secret %s', async (what, connection, former) => {
    const { verdict, because } = await said(meta('vendor'), [connection], subscribe(TOKEN), former);

    expect(verdict).toBe('handshake');
    expect(because[0]).toMatchObject([{ about: 'secret', what: expect.stringContaining(what) }]);
  });

  test.each<[string, Source, unknown, Given]>([
    ['allowedOrigins', sapEventMesh('vendor'), basic, origin],
    ['awaitingVerification', gusto('vendor'), { secret: SECRET }, gustoToken],
  ])('is kept out by the setting `%s`', async (field, source, connection, given) => {
    const what = `it checks the URL, and \`${field}\` in the source’s secret does not let it in`;

    expect(await said(source, [connection], given)).toMatchObject(wrongly({ because: [[{ about: 'secret', what }]] }));
  });

  test('lacks what the vendor’s has', async () => {
    const connection = { verificationToken: TOKEN, clientId: 'a', clientSecret: SECRET };

    expect(await said(ebay('vendor'), [connection], { method: 'GET' })).toMatchObject(
      wrongly({ verdict: 'missing-header', because: [[{ what: expect.stringContaining('lacks what such a check') }]] }),
    );
  });

  test('is signed as an event would be, with another secret', async () => {
    const former = [{ secret: 'the one before' }];
    const rotated = [[{ about: 'secret', what: expect.stringContaining('before the last change') }]];

    expect(await said(slack('vendor'), [{ secret: SECRET }], slackChallenge('the one before'), former)).toMatchObject(
      wrongly({ verdict: 'bad-signature', because: rotated }),
    );
    expect(await said(xero('vendor'), [{ secret: SECRET }], xeroIntent('another'))).toMatchObject(
      wrongly({ verdict: 'bad-signature' }),
    );
  });

  test('is refused as unavailable where the secret is of another kind', async () => {
    expect(await said(meta('vendor'), [{ token: SECRET }], subscribe(TOKEN))).toMatchObject({
      ...{ verdict: 'bad-secret', because: [[{ about: 'secret' }]] },
    });
  });
});

test('an event is no handshake, valid or not', async () => {
  const body = '{"type":"event_callback","event_id":"Ev1","event":{"type":"message"}}';
  const headers = { 'x-slack-request-timestamp': String(NOW / 1_000), 'x-slack-signature': 'v0=00' };

  expect(await said(slack('vendor'), [{ secret: SECRET }], { body, headers })).not.toHaveProperty('handshake');
  expect(await said(gusto('vendor'), [{ secret: SECRET }], { body: '{"uuid":"a"}' })).not.toHaveProperty('handshake');
});

test('an answer is told in words, without its body', () => {
  expect(answerInWords({ isAnswered: false, status: 403 })).toBe('we refuse it with HTTP 403');
  expect(answerInWords({ isAnswered: true, status: 200, bodyBytes: 0 })).toBe('we answer it with HTTP 200');
  expect(answerInWords({ isAnswered: true, status: 200, contentType: 'text/plain', bodyBytes: 10 })).toBe(
    'we answer it with HTTP 200 and 10 bytes of text/plain',
  );
  expect(answerInWords({ isAnswered: true, status: 200, bodyBytes: 0, isKept: true })).toBe(
    'we answer it with HTTP 200, and keep its body in the bucket',
  );
});
