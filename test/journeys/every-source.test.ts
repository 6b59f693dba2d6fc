/**
 * A source of each kind on the shelf, deployed on the running stack: its samples come in, forged ones do not. Schemes that are
 * not a kind's first, and vendors' checks of the URL, are shown by vectors; where a scheme has a window, by a fresh signature.
 *
 * That connectors sign as vendors do is not shown here, but by all the vectors; this shows that each of them is bundled, is
 * given its secret and its URL, and stands alone in its function.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { names } from '../../functions/core/names.ts';
import type { Source } from '../../functions/core/source.ts';
import { unixSeconds } from '../../functions/sources/common/signature.ts';
import { sources } from '../../functions/sources/index.ts';
import { type Definitions, loadDefinitions } from '../../lib/definitions.ts';
import { type Hub, startHub } from '../../lib/laptop/hub.ts';
import { writeRunning } from '../../lib/laptop/running.ts';
import { ACCOUNT, REGION } from '../../lib/laptop/surroundings.ts';
import { listDeliveries } from '../../lib/ops/deliveries.ts';
import { hubAt, hubNow } from '../../lib/ops/hub-address.ts';
import { setSecret } from '../../lib/ops/secrets.ts';
import { freshValues, sendSample } from '../../lib/ops/send.ts';
import { requestOf, urlOf } from '../../lib/ops/vectors/judge-vector.ts';
import { settingOf } from '../../lib/ops/vectors/schemes.ts';
import type { Vector } from '../../lib/ops/vectors/vector.ts';
import { bundleFunctions } from '../../lib/stack/bundle.ts';
import { stages } from '../../stages.ts';
import selection from '../fixtures/source-vectors.json' with { type: 'json' };
import { inParallel, SOON } from './hub.ts';
import { type Deployed, FLOW, writeShelfProject } from './shelf-project.ts';

const STAGE = 'test';
const CONCURRENCY = 3;
const DAY_MS = 24 * 3_600_000;
const root = mkdtempSync(join(tmpdir(), 'syncline-shelf-'));
const folder = join(root, 'data');
/** Schemes of a kind that an option chooses. */
const BY_OPTION = {
  'easypost-v2': ['easypost', { signature: 'v2' }],
  'generic-bearer': ['generic', { scheme: 'bearer' }],
  'generic-basic': ['generic', { scheme: 'basic' }],
  'generic-header': ['generic', { scheme: 'header', header: 'X-Make-ApiKey' }],
  'generic-token': ['generic', { scheme: 'token' }],
} as const;
type Create = (name: string, options?: object) => Source;
const deployed: Deployed[] = [
  ...Object.entries(sources).map(([kind, create]) => ({ source: create(kind) })),
  ...Object.entries(BY_OPTION).map(([name, [kind, options]]) => ({
    source: (sources[kind] as Create)(name, options),
    options,
  })),
].filter(({ source }) => source.definition.methods.includes('POST'));
const posted = deployed.map(({ source }) => source);
/** Not a kind's first scheme, without a window: their vectors are as good today as when they were signed. */
const BY_VECTOR = [
  ...['hubspot-v1', 'hubspot-v2', 'twilio-form', 'mailchimp-url-token', 'cloudevents-webhook-handshake'],
  ...['gusto-verification', 'meta-hub-challenge', 'ebay-challenge', 'mandrill-head-check', 'woocommerce-ping'],
];
/** Checks of the URL that whoever asks is answered: there is nothing in them to forge. */
const NEVER_REFUSED = ['mandrill-head-check', 'woocommerce-ping'];

let hub: Hub;
let definitions: Definitions;
let address: ReturnType<typeof hubAt>;

beforeAll(async () => {
  vi.stubEnv('CDK_VALIDATION', 'false');
  const assembly = join(folder, 'assembly');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeShelfProject(root, deployed);
  const stage = stages[STAGE];
  definitions = await loadDefinitions(root, stage);
  const building = bundleFunctions(root, definitions, join(assembly, 'functions'));
  const [bundles, { createApp }] = await Promise.all([building, import('../../lib/stack/app.ts')]);
  createApp({ stageName: STAGE, stage, definitions, bundles }, { context: cdkJson.context, outdir: assembly }).synth();
  hub = await startHub({ folder, assembly, stage: STAGE, definitions, port: 0 });
  const { webhooks, aws, sandbox, control } = hub;
  writeRunning(folder, {
    webhooks,
    aws,
    sandbox,
    control,
    stage: STAGE,
    region: REGION,
    account: ACCOUNT,
    pid: process.pid,
  });
  address = hubAt({ data: folder });
});
afterAll(async () => {
  await hub.close();
  rmSync(root, { recursive: true, force: true });
});

test('every kind takes its own sample, and refuses a forged one', async () => {
  const results = await inParallel(posted, CONCURRENCY, async (source) => {
    const [forged] = await sendSample(address, source, { forged: true });
    const [genuine] = await sendSample(address, source, {});
    return { name: source.name, statuses: [forged?.status, genuine?.status], key: genuine?.key };
  });

  expect(results).toMatchObject(posted.map(({ name }) => ({ name, statuses: [401, 200] })));
  const accepted = results.map(({ name, key }) => `${name} ${key}`);
  await expect.poll(seen, SOON).toEqual(accepted.sort());
});

test('what SQS refuses of a sender that never comes again is kept, and sent on once SQS is well', async () => {
  const slack = sourceNamed('slack');
  const quickbooks = sourceNamed('quickbooks');
  await control('PUT', '/faults', {
    faults: ['fail:sqs:operation=SendMessageBatch', 'fail:sqs:operation=SendMessage'],
  });

  // Both take nearly all the three seconds that their vendors wait.
  const [[kept], [refused]] = await Promise.all([sendSample(address, slack, {}), sendSample(address, quickbooks, {})]);
  expect([kept?.status, refused?.status]).toEqual([200, 503]);
  expect(await seen()).not.toContain(`slack ${kept?.key}`);
  await control('PUT', '/faults', { faults: [] });

  // The guard comes by once a minute.
  await control('POST', '/time', { advanceMs: 60_000 });
  await expect.poll(seen, SOON).toContain(`slack ${kept?.key}`);
  expect(await seen()).not.toContain(`quickbooks ${refused?.key}`);
});

test('other schemes of a kind, and checks of the URL, are answered as their vectors ask', async () => {
  for (const expected of ['accept', 'reject'] as const) {
    const vectors = BY_VECTOR.filter((scheme) => expected === 'accept' || !NEVER_REFUSED.includes(scheme)).map(
      (scheme) => vectorOf(scheme, expected),
    );
    for (const vector of vectors) await connectAs(vector);
    // Copies of secrets are kept for five minutes.
    await control('POST', '/time', { advanceMs: 600_000 });

    const answers = await inParallel(vectors, CONCURRENCY, async (vector) => {
      const { method, headers, body } = requestOf(vector.request);
      const { search } = new URL(vector.request.url);
      const url = `${hub.webhooks}/${settingOf(vector).source.definition.kind}${search}`;
      const init = { method, headers: headers as Record<string, string>, ...(body.length > 0 && { body }) };
      return { id: vector.id, isTaken: (await fetch(url, init)).ok };
    });

    expect(answers).toEqual(vectors.map(({ id }) => ({ id, isTaken: expected === 'accept' })));
  }
});

test('signatures of Svix and of Mailchimp come in while they are fresh, and forged ones do not', async () => {
  const now = await hubNow(address);
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  await connect('standard-webhooks', { secret });
  await connect('mailchimp', { secret });
  await control('POST', '/time', { advanceMs: 600_000 });
  const at = new Date(now + 600_000);
  const svix = (by: string) => {
    const body = '{"type":"invoice.paid","data":{"id":"inv_1"}}';
    const signature = new Webhook(by).sign('msg_1', at, body);
    const headers = { 'svix-id': 'msg_1', 'svix-timestamp': `${unixSeconds(at)}`, 'svix-signature': signature };
    return fetch(`${hub.webhooks}/standard-webhooks`, { method: 'POST', headers, body });
  };
  const mailchimp = (by: string) => {
    const body = 'type=subscribe&fired_at=2026-11-20+09%3A30%3A00&data%5Bid%5D=8a25ff1d98';
    const url = `${hub.webhooks}/mailchimp`;
    const sample = { type: 'subscribe', body, fresh: { ...freshValues(), now: at }, url };
    const { headers } = sourceNamed('mailchimp').definition.sign(sample, { secret: by });
    return fetch(url, { method: 'POST', headers, body });
  };
  const other = `whsec_${Buffer.alloc(24, 8).toString('base64')}`;

  const answers = [await svix(secret), await svix(other), await mailchimp(secret), await mailchimp(other)];

  expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 401]);
});

test('a former secret verifies for seven days, and is then refused as rotated away', async () => {
  const source = sourceNamed('github');
  for (const secret of ['of yesterday', 'of today']) {
    await setSecret(address, definitions, `source/${source.name}`, JSON.stringify({ secret }), { dryRun: false });
  }
  const post = async (secret: string) => {
    const [type = '', fresh] = [Object.keys(source.definition.types)[0], freshValues()];
    const body = JSON.stringify(source.definition.types[type]?.sample(fresh));
    const url = `${hub.webhooks}/${source.name}`;
    const { headers } = source.definition.sign({ type, body, fresh, url }, { secret });
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  const advance = (advanceMs: number) => control('POST', '/time', { advanceMs });

  await advance(6 * DAY_MS);
  expect(await post('of yesterday')).toBe(200);
  await advance(DAY_MS + 60_000);
  expect([await post('of today'), await post('of yesterday'), await post('of nobody')]).toEqual([200, 401, 401]);

  const log = join(folder, 'logs', `${names(STAGE).ingestFunction(source.name)}.log`);
  const reasons = () => readFileSync(log, 'utf8').match(/(?<="reason":")[a-z-]+/g);
  await expect.poll(() => reasons()?.slice(-2), SOON).toEqual(['rotated-away', 'bad-signature']);
});

/** What every event's delivery came to, once it is over: `<source> <key>`. */
async function seen(): Promise<string[]> {
  const { deliveries } = await listDeliveries(address, { flow: FLOW, state: 'skipped' });
  return deliveries.map(({ source, key }) => `${source} ${key}`).sort();
}

const control = (method: string, path: string, body: object) =>
  fetch(`${hub.control}${path}`, { method, body: JSON.stringify(body) });

const sourceNamed = (name: string) => posted.find((source) => source.name === name)!;

const vectors = selection as readonly Vector[];
/** One with a body, where there is one. */
const vectorOf = (scheme: string, expected: Vector['expected']) =>
  vectors
    .filter((vector) => vector.scheme === scheme && vector.expected === expected)
    .toSorted((one, other) => requestOf(one.request).body.length - requestOf(other.request).body.length)
    .at(-1)!;

/** Of vendors that sign their URL, the vector's is the one configured there. */
async function connectAs(vector: Vector): Promise<void> {
  const { source, connections } = settingOf(vector);
  const signsUrl = ['hubspot', 'twilio'].includes(source.definition.kind);
  await connect(source.definition.kind, {
    ...(connections[0] as object),
    ...(signsUrl && { publicUrl: urlOf(vector) }),
  });
}

const connect = (name: string, connection: object) =>
  setSecret(address, definitions, `source/${name}`, JSON.stringify(connection), { dryRun: false });
