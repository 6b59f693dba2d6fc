/**
 * Deliveries a second on the laptop stack: one flow an event, one operation, from a backlog and while accepting.
 */
import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { names } from '../../functions/core/names.ts';
import { type HubProcess, STAGE, startHubProcess } from './hub-process.ts';
import { percentile, report } from './report.ts';

const SECRET = 'whsec_bench';
const EVENTS = 2_000;
const CONCURRENCY = 16;
const ROUNDS = 3;
const POLL_MS = 250;

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
        SecretId: names(STAGE).sourceSecret('stripe'),
        SecretString: JSON.stringify({ secret: SECRET }),
      }),
    );
    const lambda = new LambdaClient(config);
    const backlog: number[] = [];
    const accepted: number[] = [];
    const slowest: number[] = [];
    let lost = 0;
    const both: number[] = [];
    // Functions that have just started are not what a busy hub runs.
    await Promise.all([postAll(hub, 'warm'), until(hub, EVENTS)]);
    await takeStock(hub);
    for (let round = 0; round < ROUNDS; round++) {
      await setDelivering(lambda, false);
      const durations: number[] = [];
      accepted.push(await perSecond(() => postAll(hub, `${round}a`, durations)));
      slowest.push(percentile(durations, 99));
      await setDelivering(lambda, true);
      backlog.push(await perSecond(() => until(hub, EVENTS)));
      lost += await takeStock(hub);
      both.push(await perSecond(() => Promise.all([postAll(hub, `${round}b`), until(hub, EVENTS)])));
      lost += await takeStock(hub);
    }
    report({ name: 'accepted a second, delivery paused', values: accepted, unit: '/s', min: 800 });
    report({ name: 'accepted, slowest in a hundred', values: slowest, unit: 'ms', max: 60 });
    report({ name: 'deliveries a second, from a backlog', values: backlog, unit: '/s', min: 350 });
    report({ name: 'deliveries a second, while accepting as many', values: both, unit: '/s', min: 200 });
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
  const status = await send(`${hub.webhooks}/stripe`, headers, body);
  if (status !== 200) throw new Error(`the hub answered ${status}`);
}

const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });

/** Node's own client: `fetch` would take as much of the machine as a function does. */
function send(url: string, headers: Record<string, string>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method: 'POST', headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.once('error', reject).end(body);
  });
}

async function webhooks(hub: HubProcess): Promise<number> {
  const response = await fetch(`${hub.sandbox}/http/records`);
  const { records } = (await response.json()) as { records: { type: string; writes: number }[] };
  return records.reduce((sum, { writes }) => sum + writes, 0);
}

/** Empties the sandbox, so that looking at it stays cheap. @returns How many of a round's events are missing, or too many. */
async function takeStock(hub: HubProcess): Promise<number> {
  const missing = EVENTS - (await webhooks(hub));
  await fetch(`${hub.sandbox}/http/records`, { method: 'DELETE' });
  return Math.abs(missing);
}

async function until(hub: HubProcess, count: number): Promise<void> {
  while ((await webhooks(hub)) < count) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
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
