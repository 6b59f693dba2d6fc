/**
 * A hub in a process of its own: the command line's own `dev`, driven over HTTP. It needs no test runner.
 *
 * Nothing here reaches into the hub: requests go to its webhooks, the operator's calls to its AWS and its sandbox.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  type QueueAttributeName,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { names } from '../../functions/core/names.ts';
import { definitionsOf } from '../../lib/cli/common.ts';
import { listDeliveries } from '../../lib/ops/deliveries.ts';
import { hubAt } from '../../lib/ops/hub-address.ts';
import { sandboxRecords, setSandboxMode } from '../../lib/ops/sandbox.ts';
import { setSecret } from '../../lib/ops/secrets.ts';

const SYNCLINE = join(import.meta.dirname, '../../bin/syncline.js');
const LATER = new URL('later.mjs', import.meta.url);
/** Its retries are a hundred times quicker than production's. */
const DEFAULT_STAGE = 'test';
export const FLOWS = {
  http: 'any-event-to-http',
  hubspot: 'shopify-order-to-hubspot-deal',
  slack: 'stripe-payment-failed-to-slack',
} as const;

const POLL_MS = 50;
/** Other tests may have both processors. */
const DEFAULT_WAIT_MS = 30_000;
/** For `expect.poll`: what a function writes reaches its log a little later. */
export const SOON = { timeout: DEFAULT_WAIT_MS };

export const resourceNames = names(DEFAULT_STAGE);

export type Answer = { status: number; body: string };
export type Request = {
  source: string;
  method?: string;
  headers: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer>;
};

export type Hub = Awaited<ReturnType<typeof startHub>>;

/** A folder for a hub's data, not made yet. */
export const newFolder = () => join(mkdtempSync(join(tmpdir(), 'syncline-journey-')), 'data');

/**
 * Starts a hub and waits until it is ready.
 *
 * @param options.folder Its data folder. @default a new one, which `stop` removes
 * @param options.laterMs How much later it is for the hub than for us. @default 0
 * @param options.stage Which of `stages.ts`. @default 'test', whose names are `resourceNames`
 * @param options.port `default` leaves it to the command line. @default a free one
 * @param options.secrets What to set before the first request, by `source/<name>` or `target/<name>`.
 */
export async function startHub(
  options: {
    folder?: string;
    stage?: string;
    laterMs?: number;
    port?: 'default';
    secrets?: Readonly<Record<string, object>>;
  } = {},
) {
  const { folder = newFolder(), stage = DEFAULT_STAGE } = options;
  const port = options.port === 'default' ? [] : ['--port', '0'];
  const later = options.laterMs === undefined ? [] : ['--import', `${LATER.href}?ms=${options.laterMs}`];
  const args = ['dev', ...port, '--data', folder, '--stage', stage, '--json'];
  const child = spawn(process.execPath, [...later, SYNCLINE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const closed = once(child, 'close');
  const { webhooks, aws, sandbox, control, ...rest } = await readyLine(output, closed);
  const address = hubAt({ data: folder });
  await setSecrets(address, options.secrets ?? {});
  const called = names(stage);

  const hub = {
    folder,
    /** What its resources are called. */
    names: called,
    /** The line of JSON that `dev` printed, and what else it said. */
    ready: { webhooks, aws, sandbox, control, ...rest },
    notes: () => output.stderr,
    webhooks,
    aws,
    sandbox,
    address,
    pid: child.pid!,

    /** What time it is for the hub. */
    now: async () => new Date((await callControl(control, 'GET', '/time')).now as string),
    /** Moves the hub's time; it stays moved over a restart. */
    advance: (advanceMs: number) => callControl(control, 'POST', '/time', { advanceMs }),

    /** Sets these faults and no others, in the command line's form: `throttle:dynamodb:for=30s`. */
    faults: (...faults: string[]) => callControl(control, 'PUT', '/faults', { faults }),

    post: ({ source, method = 'POST', headers, body }: Request): Promise<Answer> =>
      fetch(`${webhooks}/${source}`, { method, headers, ...(body !== undefined && { body: bytesOf(body) }) }).then(
        async (answer) => ({
          status: answer.status,
          body: await answer.text(),
        }),
      ),

    records: (target: keyof typeof FLOWS) => sandboxRecords(address, target),
    calls: async (target: keyof typeof FLOWS) => {
      const { calls } = (await (await fetch(`${sandbox}/${target}/records`)).json()) as { calls: number };
      return calls;
    },
    mode: (target: keyof typeof FLOWS, mode: string) => setSandboxMode(address, target, mode),

    /** The deliveries of a flow, oldest first. */
    deliveries: async (flow?: string) => {
      const { deliveries, capped } = await listDeliveries(address, { flow });
      if (capped) throw new Error('the ledger has more items than a search looks at');
      return deliveries;
    },
    delivery: async (flow: string, eventId: string | null) =>
      (await listDeliveries(address, { flow })).deliveries.find((delivery) => delivery.eventId === eventId),

    /** Waits until a delivery is in that state, and returns it. */
    reaches: (flow: string, eventId: string, state: string) =>
      until(`${flow} ${eventId} to be ${state}`, async () => {
        const delivery = await hub.delivery(flow, eventId);
        return delivery?.state === state ? delivery : undefined;
      }),

    /** Messages in a queue, hidden ones included. */
    depth: (queueName: string) => depthOf(address, queueName),
    deadLetters: (flow: string) => depthOf(address, called.deadLetterQueue(flow)),

    /** Waits until no flow has anything left to do: what was accepted is final or in a dead-letter queue. */
    quiet: (timeoutMs?: number) =>
      until(
        'every queue to be empty',
        async () => {
          const depths = await Promise.all(Object.values(FLOWS).map((flow) => hub.depth(called.queue(flow))));
          return depths.every((depth) => depth === 0) ? true : undefined;
        },
        timeoutMs,
      ),

    /** What the button "Start DLQ redrive" of the AWS console does. @returns How many messages were moved. */
    redrive: async (flow: string): Promise<number> => {
      const SourceArn = await arnOf(address, called.deadLetterQueue(flow));
      await address.sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
      return until(`the dead letters of ${flow} to be moved`, async () => {
        const { Results = [] } = await address.sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
        const [last] = Results;
        return last?.Status === 'COMPLETED' ? Number(last.ApproximateNumberOfMessagesMoved) : undefined;
      });
    },

    /** Lines of a function's log that are JSON. */
    log: (functionName: string): Record<string, unknown>[] => {
      const file = join(folder, 'logs', `${functionName}.log`);
      if (!existsSync(file)) return [];
      return readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
    },
    /** The sum of a metric over a function's EMF lines. */
    metric: (functionName: string, metric: string): number =>
      hub
        .log(functionName)
        .flatMap((line) => ('_aws' in line ? [line[metric]].flat() : []))
        .reduce<number>((sum, value) => sum + Number(value ?? 0), 0),

    /** Moves the hub's time and waits until the guard has run then. */
    guardRuns: async (advanceMs = 60_000): Promise<void> => {
      const heartbeats = () => hub.metric(resourceNames.guardFunction, 'Heartbeat');
      const before = heartbeats();
      await callControl(control, 'POST', '/time', { advanceMs });
      await until('the guard to run', async () => (heartbeats() > before ? true : undefined));
    },

    cli: (...command: string[]) => syncline(...command, '--data', folder),

    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await closed;
      rmSync(join(folder, '..'), { recursive: true, force: true });
    },
  };
  return hub;
}

/** Works through a list, so many at a time, and returns the results in the list's order. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

/** As bytes, so that `fetch` adds no content type of its own. */
const bytesOf = (body: string | Uint8Array<ArrayBuffer>) =>
  typeof body === 'string' ? new TextEncoder().encode(body) : body;

/** Runs the command line in a process of its own. */
export async function syncline(...args: string[]) {
  const child = spawn(process.execPath, [SYNCLINE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, stdout, stderr, json: () => jsonLines(stdout), error: () => jsonLines(stderr)[0] };
}

const jsonLines = (output: string): Record<string, unknown>[] =>
  output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));

/** Waits until a look gives something other than undefined. @throws Error that says what it waited for. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined>,
  timeoutMs = DEFAULT_WAIT_MS,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

type Output = { stdout: string; stderr: string };

function collect(child: ChildProcess): Output {
  const output = { stdout: '', stderr: '' };
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
  return output;
}

async function callControl(control: string, method: string, path: string, body?: object) {
  const answer = await fetch(control + path, { method, ...(body && { body: JSON.stringify(body) }) });
  const said = (await answer.json()) as Record<string, unknown>;
  if (answer.status === 200) return said;
  throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(said)}`);
}

async function readyLine(output: Output, closed: Promise<unknown>) {
  const ended = closed.then(() => {
    throw new Error(`the hub ended before it was ready: ${output.stderr}`);
  });
  const said = until(
    'the hub to be ready',
    async () => output.stdout.split('\n')[1] !== undefined || undefined,
    60_000,
  );
  await Promise.race([said, ended]);
  return JSON.parse(output.stdout) as Record<'webhooks' | 'aws' | 'sandbox' | 'control' | 'stage' | 'region', string>;
}

async function setSecrets(address: Address, secrets: Readonly<Record<string, object>>): Promise<void> {
  const definitions = await definitionsOf(address.stage);
  for (const [owner, value] of Object.entries(secrets)) {
    await setSecret(address, definitions, owner, JSON.stringify(value), { dryRun: false });
  }
}

type Address = ReturnType<typeof hubAt>;

async function depthOf(address: Address, queueName: string): Promise<number> {
  const counts = await queueAttributes(address, queueName, [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
  ]);
  return Object.values(counts).reduce((sum, count) => sum + Number(count), 0);
}

const arnOf = async (address: Address, queueName: string) =>
  (await queueAttributes(address, queueName, ['QueueArn'])).QueueArn!;

async function queueAttributes(
  { sqs }: Address,
  QueueName: string,
  AttributeNames: QueueAttributeName[],
): Promise<Record<string, string>> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Attributes as Record<string, string>;
}
