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
import { newPair } from '../../lib/laptop/vendor-side.ts';
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
const REFUSED = expect.toBeOneOf([401, 503]);
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

  const wanted = await Promise.all(
    posted.map(async (source) => ({
      kind: source.definition.kind,
      // Without the vendor's key it can be neither accepted nor refused: the vendor is to come again.
      statuses: (await needsKey(source)) ? [REFUSED, REFUSED] : [401, 200],
    })),
  );
  expect(results).toMatchObject(wanted);
  const accepted = results.filter(({ statuses }) => statuses[1] === 200).map(({ kind, key }) => `${kind} ${key}`);
  const seen = async () => (await listDeliveries(address, { flow: FLOW, state: 'skipped' })).deliveries;
  await expect
    .poll(async () => (await seen()).map(({ source, key }) => `${source} ${key}`).sort(), SOON)
    .toEqual(accepted.sort());
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
  const advance = (advanceMs: number) =>
    fetch(`${hub.control}/time`, { method: 'POST', body: JSON.stringify({ advanceMs }) });

  await advance(6 * DAY_MS);
  expect(await post('of yesterday')).toBe(200);
  await advance(DAY_MS + 60_000);
  expect([await post('of today'), await post('of yesterday'), await post('of nobody')]).toEqual([200, 401, 401]);

  const log = join(folder, 'logs', `${names(STAGE).ingestFunction(source.name)}.log`);
  const reasons = () => readFileSync(log, 'utf8').match(/(?<="reason":")[a-z-]+/g);
  await expect.poll(() => reasons()?.slice(-2), SOON).toEqual(['rotated-away', 'bad-signature']);
});

/** Whether verifying asks the vendor's own host for a key, which no test does. */
async function needsKey({ definition }: Source): Promise<boolean> {
  const { connection, vendor } = newPair(definition);
  const fresh = freshValues();
  const [type = ''] = Object.keys(definition.types);
  const body = (definition.encode ?? JSON.stringify)(definition.types[type]?.sample(fresh));
  const { headers, query: rawQuery = '' } = definition.sign({ type, body, fresh, url: 'https://hub.example' }, vendor);
  let asked = false;
  const fetchKey = async () => {
    asked = true;
    throw new Error('no key');
  };
  const context = { secrets: [connection], publicUrl: 'https://hub.example', now: fresh.now.getTime(), fetchKey };
  const request = { method: 'POST', rawQuery, headers, body: Buffer.from(body) };
  await Promise.resolve(definition.verify(request, context)).catch(() => {});
  return asked;
}
