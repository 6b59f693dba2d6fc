import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Flow } from '../../functions/core/flow.ts';
import type { Source } from '../../functions/core/source.ts';
import type { NamedFlow } from '../definitions.ts';
import { type DeliverySummary, listDeliveries } from '../ops/deliveries.ts';
import { type HubAddress, hubAt } from '../ops/hub-address.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { type SandboxRecord, sandboxRecords } from '../ops/sandbox.ts';
import { sendSample } from '../ops/send.ts';
import { bootHub } from './boot.ts';
import { DEFAULT_FOLDER, definitionsOf } from './common.ts';
import { note, say } from './output.ts';

const STAGE = 'dev';
const DELIVERY_TIMEOUT_MS = 30_000;
const POLL_MS = 100;

type Options = { once?: boolean; port?: number; data: string; watch: boolean };

/** The tour that `npm start` gives. */
export function addStart(program: Command): void {
  program
    .command('start')
    .description('run the hub, send one sample for each flow, and show what each became')
    .option('--once', 'in a throw-away folder, on free ports; ends when all samples are delivered')
    .option('--port <number>', 'port of the webhooks; AWS, the sandbox and control take the next three', Number)
    .option('--data <folder>', 'where the hub keeps everything', DEFAULT_FOLDER)
    .option('--no-watch', 'do not run what is saved in functions/ while the hub runs')
    .action(async (options: Options) => {
      const folder = options.once ? mkdtempSync(join(tmpdir(), 'syncline-')) : resolve(options.data);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      const watch = options.watch && !options.once;
      const hub = await bootHub({ folder, stage: STAGE, port: options.once ? 0 : options.port, watch });
      try {
        say('Syncline runs on this machine; production is AWS, from the same template.');
        say(`  webhooks  ${hub.ready.webhooks}/<source>`);
        say(`  aws       ${hub.ready.aws}`);
        say(`  sandbox   ${hub.ready.sandbox}`);
        const delivered = await tour(hubAt({ data: folder }));
        if (!delivered) complain(folder, options.once ?? false);
        if (options.once) return;
        sayWhatToTry();
        await new Promise((done) =>
          stop.signal.aborted ? done(undefined) : stop.signal.addEventListener('abort', done),
        );
        note('[syncline] stopping: running deliveries end first');
      } finally {
        await hub.close();
        if (options.once) rmSync(folder, { recursive: true, force: true });
      }
    });
}

/** A sandbox that was told to be down stays so; the hub runs on, and its operator can look. */
function complain(folder: string, once: boolean): void {
  const message = `not every sample was delivered within ${DELIVERY_TIMEOUT_MS / 1_000} s`;
  const next = `see "npx syncline deliveries" and ${folder}/logs`;
  if (once) throw new OperatorError('failed', message, next);
  note(`[syncline] ${message}: ${next}`);
}

/** Sends one fresh sample for each flow and shows each delivery with what it made in the sandbox. */
async function tour(hub: HubAddress): Promise<boolean> {
  const { flows, targets } = await definitionsOf(STAGE);
  let all = true;
  for (const { name, flow } of flows) {
    const { source, type } = sampleFor(flow, flows);
    const before = await recordsOf(
      hub,
      targets.map(({ target }) => target.name),
    );
    const [sent] = await sendSample(hub, source, { type });
    say(`\n${name}`);
    say(`  sent       ${source.name} ${sent!.type}, signed as the vendor signs → HTTP ${sent!.status}`);
    const delivery = await delivered(hub, name, sent!.key);
    say(`  delivery   ${delivery ? `${delivery.deliveryId} ${delivery.state}` : 'not yet delivered'}`);
    const used = [...new Set(flow.operations.map(({ target }) => target.name))];
    const after = await recordsOf(hub, used);
    for (const [key, { target, record }] of after) {
      if (before.get(key)?.record.writes !== record.writes) say(`  in ${target.padEnd(7)} ${describe(record)}`);
    }
    all &&= isDone(delivery);
  }
  return all;
}

/** A sample that this flow alone wants, if there is one: what it makes is then this flow's doing. */
function sampleFor(flow: Flow, flows: readonly NamedFlow[]): { source: Source; type: string } {
  const wants = (one: Flow, source: Source, type: string) =>
    one.sources.includes(source) && (one.types === 'any' || one.types.includes(type));
  const samples = flow.sources
    .flatMap((source) => Object.keys(source.definition.types).map((type) => ({ source, type })))
    .filter(({ source, type }) => wants(flow, source, type));
  const own = samples.find(({ source, type }) =>
    flows.every((one) => one.flow === flow || !wants(one.flow, source, type)),
  );
  const sample = own ?? samples[0];
  if (!sample) throw new OperatorError('failed', 'a flow has no sample', 'give one of its event types a sample');
  return sample;
}

/** A flow may skip its sample, and one without a target skips whatever comes. */
const isDone = (delivery: DeliverySummary | undefined) =>
  delivery?.state === 'delivered' || delivery?.state === 'skipped';

async function delivered(hub: HubAddress, flow: string, key: string | null): Promise<DeliverySummary | undefined> {
  const deadline = Date.now() + DELIVERY_TIMEOUT_MS;
  for (;;) {
    const { deliveries } = await listDeliveries(hub, { flow });
    const found = deliveries.find((delivery) => delivery.key === key);
    if (isDone(found) || Date.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

type Records = Map<string, { target: string; record: SandboxRecord }>;

async function recordsOf(hub: HubAddress, targets: readonly string[]): Promise<Records> {
  const lists = await Promise.all(targets.map((target) => sandboxRecords(hub, target)));
  const entries = lists.flatMap((records, index) =>
    records.map((record) => {
      const target = targets[index] ?? '';
      return [`${target} ${record.type} ${record.id}`, { target, record }] as const;
    }),
  );
  return new Map(entries);
}

/** A record in a line: what it is, its key, and the fields a person looks for. */
function describe({ type, key, fields }: SandboxRecord): string {
  const shown = ['dealname', 'amount', 'firstname', 'lastname', 'text', 'type'];
  const values = shown.flatMap((field) => (typeof fields[field] === 'string' ? [fields[field]] : []));
  return `${type} ${key}${values.length > 0 ? `  ${values.join(' · ')}` : ''}`;
}

function sayWhatToTry(): void {
  say('\nTry in a second terminal:');
  say('  npx syncline send shopify orders/paid --twice      the same order twice: still one deal');
  say('  npx syncline send shopify orders/paid --forged     a forged one: HTTP 401, and nothing moves');
  say('  npx syncline sandbox hubspot down; npx syncline send shopify orders/paid; npx syncline deliveries');
  say(
    '    then npx syncline sandbox hubspot ok             it waits while HubSpot is down, and arrives once it is back',
  );
  say('  edit functions/flows/shopify-order-to-hubspot-deal.ts and send again: what moves where is that file');
  say('\nThe hub keeps running; Ctrl+C stops it.');
}
