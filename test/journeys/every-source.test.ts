/**
 * A source of each kind on the shelf, deployed on the running stack: its samples come in, forged ones do not.
 *
 * That connectors sign as vendors do is not shown here, but by the vectors; this shows that each of them is bundled, is given
 * its secret and its URL, and stands alone in its function.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { names } from '../../functions/core/names.ts';
import type { Source } from '../../functions/core/source.ts';
import { sources } from '../../functions/sources/index.ts';
import { type Definitions, loadDefinitions } from '../../lib/definitions.ts';
import { type Hub, startHub } from '../../lib/laptop/hub.ts';
import { writeRunning } from '../../lib/laptop/running.ts';
import { ACCOUNT, REGION } from '../../lib/laptop/surroundings.ts';
import { listDeliveries } from '../../lib/ops/deliveries.ts';
import { hubAt } from '../../lib/ops/hub-address.ts';
import { setSecret } from '../../lib/ops/secrets.ts';
import { freshValues, sendSample } from '../../lib/ops/send.ts';
import { bundleFunctions } from '../../lib/stack/bundle.ts';
import { stages } from '../../stages.ts';
import { inParallel, SOON } from './hub.ts';
import { FLOW, writeShelfProject } from './shelf-project.ts';

const STAGE = 'test';
const CONCURRENCY = 3;
const DAY_MS = 24 * 3_600_000;
const root = mkdtempSync(join(tmpdir(), 'syncline-shelf-'));
const folder = join(root, 'data');
const posted = Object.values(sources)
  .map((create): Source => create(create('x').definition.kind))
  .filter(({ definition }) => definition.methods.includes('POST'));

let hub: Hub;
let definitions: Definitions;
let address: ReturnType<typeof hubAt>;

beforeAll(async () => {
  vi.stubEnv('CDK_VALIDATION', 'false');
  const assembly = join(folder, 'assembly');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeShelfProject(root, posted);
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
    return { kind: source.definition.kind, statuses: [forged?.status, genuine?.status], key: genuine?.key };
  });

  expect(results).toMatchObject(posted.map(({ definition }) => ({ kind: definition.kind, statuses: [401, 200] })));
  const accepted = results.map(({ kind, key }) => `${kind} ${key}`);
  await expect.poll(seen, SOON).toEqual(accepted.sort());
});

test('what SQS refuses of a sender that never comes again is kept, and sent on once SQS is well', async () => {
  const slack = posted.find(({ definition }) => definition.kind === 'slack')!;
  const quickbooks = posted.find(({ definition }) => definition.kind === 'quickbooks')!;
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

test('a former secret verifies for seven days, and is then refused as rotated away', async () => {
  const source = posted.find(({ definition }) => definition.kind === 'github')!;
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
