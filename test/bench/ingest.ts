/**
 * What an accepted webhook costs in CPU, against the least that anybody could do: check the HMAC, SendMessage, bare SDK.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ENVIRONMENT, names } from '../../functions/core/names.ts';
import { loadDefinitions } from '../../lib/definitions.ts';
import { bundleFunctions } from '../../lib/stack/bundle.ts';
import { stageNamed } from '../../lib/stage.ts';
import { stages } from '../../stages.ts';
import { report } from './report.ts';
import { startServices } from './services-process.ts';

const SECRET = 'whsec_bench';
const ROUNDS = 9;
const CALLS = 300;
const BODY_BYTES = 4_096;
const root = join(import.meta.dirname, '../..');

type Handler = (event: APIGatewayProxyEventV2, context: object) => Promise<{ statusCode: number }>;

export async function benchIngest(): Promise<void> {
  const services = await startServices();
  try {
    await measure(services.url);
  } finally {
    services.stop();
  }
}

async function measure(url: string): Promise<void> {
  Object.assign(process.env, environment(url));
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  const queues = ['any-event-to-http', 'stripe-payment-failed-to-slack'].map((flow) => names('dev').queue(flow));
  for (const QueueName of queues) await sqs.send(new CreateQueueCommand({ QueueName }));
  const SecretString = JSON.stringify({ secret: SECRET });
  await new SecretsManagerClient().send(
    new CreateSecretCommand({ Name: names('dev').sourceSecret('stripe'), SecretString }),
  );
  const handler = await loadHandler();
  const ours = (type: string) => async () => {
    const { statusCode } = await handler(event(type), CONTEXT);
    if (statusCode !== 200) throw new Error(`the handler answered ${statusCode}`);
  };
  const variants = {
    bare: () => bareIngest(sqs, queues[0]!, event('payment_intent.succeeded')),
    one: ours('payment_intent.succeeded'),
    two: ours('invoice.payment_failed'),
  };
  const cpu = { bare: [] as number[], one: [] as number[], two: [] as number[] };
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, call] of Object.entries(variants)) {
      const microseconds = await cpuPerCall(call);
      if (round >= 0) cpu[name as keyof typeof cpu].push(microseconds);
    }
  }
  const ratio = (name: 'one' | 'two') => cpu[name].map((value, round) => value / cpu.bare[round]!);
  report({ name: 'HMAC + SendMessage, bare SDK: the measure', values: cpu.bare, unit: 'µs CPU' });
  report({ name: 'ingest, one matching flow, to that', values: ratio('one'), unit: 'x', max: 1.4 });
  report({ name: 'ingest, two matching flows, to that', values: ratio('two'), unit: 'x', max: 2.3 });
}

const environment = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  // The handlers log a line a request: to nowhere.
  POWERTOOLS_LOG_LEVEL: 'INFO',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  [ENVIRONMENT.bucket]: 'bench',
  [ENVIRONMENT.secretPrefix]: 'syncline/dev',
  [ENVIRONMENT.queueUrlPrefix]: `${url}/000000000000/${names('dev').queue('')}`,
  [ENVIRONMENT.publicUrl]: 'https://hub.example',
});

async function loadHandler(): Promise<Handler> {
  const definitions = await loadDefinitions(root, stageNamed(stages, 'dev'));
  const bundles = await bundleFunctions(root, definitions, mkdtempSync(join(tmpdir(), 'syncline-bench-')));
  // As in Lambda, where standard output is collected elsewhere: what it costs to write it is not ours.
  process.stdout.write = muted(process.stdout.write.bind(process.stdout));
  const { handler } = await import(join(bundles.get('ingest-stripe')!, 'index.mjs'));
  return handler;
}

/** Lets only the benchmark's own lines through. */
function muted(write: typeof process.stdout.write): typeof process.stdout.write {
  return ((text: string | Uint8Array, ...rest: []) =>
    String(text).startsWith('{') ? true : write(text, ...rest)) as typeof process.stdout.write;
}

async function cpuPerCall(call: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < CALLS; index++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

let count = 0;
function event(type: string): APIGatewayProxyEventV2 {
  const id = `evt_${count++}`;
  const created = Math.floor(Date.now() / 1_000);
  const padding = 'x'.repeat(BODY_BYTES - 200);
  const body = JSON.stringify({ id, type, created, data: { object: { id: `obj_${count}`, padding } } });
  const v1 = createHmac('sha256', SECRET).update(`${created}.${body}`).digest('hex');
  return {
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${created},v1=${v1}` },
    rawQueryString: '',
    requestContext: { http: { method: 'POST' } },
    body,
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2;
}

async function bareIngest(sqs: SQSClient, QueueUrl: string, { headers, body = '' }: APIGatewayProxyEventV2) {
  const [timestamp, signature] = headers['stripe-signature']!.split(',').map((part) =>
    part.slice(part.indexOf('=') + 1),
  );
  const expected = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature!, 'hex'))) throw new Error('bad signature');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
}

const CONTEXT = { functionName: 'bench', awsRequestId: 'bench', getRemainingTimeInMillis: () => 29_000 };
