/**
 * Deliveries a second on the laptop stack: one flow an event, one operation, from a backlog and while accepting.
 */
import { createHmac } from 'node:crypto';
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { names } from '../../functions/core/names.ts';
import { type HubProcess, startHubProcess } from './hub-process.ts';
import { percentile, report } from './report.ts';

const SECRET = 'whsec_bench';
const EVENTS = 2_000;
const CONCURRENCY = 16;
const ROUNDS = 3;

export async function benchDeliveries(): Promise<void> {
  const hub = await startHubProcess();
  try {
    const config = {
      endpoint: hub.aws,
      region: hub.region,
      credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    };
    await new SecretsManagerClient(config).send(
      new PutSecretValueCommand({
        SecretId: names('dev').sourceSecret('stripe'),
        SecretString: JSON.stringify({ secret: SECRET }),
      }),
    );
    const lambda = new LambdaClient(config);
    const backlog: number[] = [];
    const accepted: number[] = [];
    const slowest: number[] = [];
    const both: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await setDelivering(lambda, false);
      const durations: number[] = [];
      accepted.push(await perSecond(() => postAll(hub, `${round}a`, durations)));
      slowest.push(percentile(durations, 99));
      const before = await webhooks(hub);
      await setDelivering(lambda, true);
      backlog.push(await perSecond(() => until(hub, before + EVENTS)));
      both.push(await perSecond(() => Promise.all([postAll(hub, `${round}b`), until(hub, before + 2 * EVENTS)])));
    }
    report({ name: 'accepted a second, delivery paused', values: accepted, unit: '/s', min: 800 });
    report({ name: 'accepted, slowest in a hundred', values: slowest, unit: 'ms', max: 60 });
    report({ name: 'deliveries a second, from a backlog', values: backlog, unit: '/s', min: 350 });
    report({ name: 'deliveries a second, while accepting as many', values: both, unit: '/s', min: 200 });
    const lost = 2 * ROUNDS * EVENTS - (await webhooks(hub));
    process.stdout.write(`${'events lost'.padEnd(50)} ${lost} of ${2 * ROUNDS * EVENTS}; aim 0\n`);
    if (lost !== 0) process.exitCode = 1;
  } finally {
    await hub.stop();
  }
}

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (EVENTS / (performance.now() - startedAt)) * 1_000;
}

async function postAll(hub: HubProcess, round: string, durations: number[] = []): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < EVENTS) {
      const startedAt = performance.now();
      await post(hub, `evt_${round}_${next++}`);
      durations.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function post(hub: HubProcess, id: string): Promise<void> {
  const created = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({ id, type: 'payment_intent.succeeded', created, data: { object: { id: `pi_${id}` } } });
  const v1 = createHmac('sha256', SECRET).update(`${created}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${created},v1=${v1}` };
  const response = await fetch(`${hub.webhooks}/stripe`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`the hub answered ${response.status}`);
}

async function webhooks(hub: HubProcess): Promise<number> {
  const response = await fetch(`${hub.sandbox}/http/records`);
  const { records } = (await response.json()) as { records: { type: string; writes: number }[] };
  return records.reduce((sum, { writes }) => sum + writes, 0);
}

async function until(hub: HubProcess, count: number): Promise<void> {
  while ((await webhooks(hub)) < count) await new Promise((resolve) => setTimeout(resolve, 200));
}

async function setDelivering(lambda: LambdaClient, Enabled: boolean): Promise<void> {
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
  for (const { UUID } of EventSourceMappings) await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  const wanted = Enabled ? 'Enabled' : 'Disabled';
  for (;;) {
    const { EventSourceMappings: now = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
    if (now.every(({ State }) => State === wanted)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
