/**
 * Every emulated service in a process of its own, so that its end is seen. Prints its URLs in a line of JSON, and runs until
 * its parent ends it.
 *
 * Waits and time-outs of SQS and the sandbox are a hundred times shorter: a fuzzer asks for the longest of them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, realClock } from '../../lib/laptop/clock.ts';
import { createCloudWatch } from '../../lib/laptop/cloudwatch/create-cloud-watch.ts';
import { createDynamoDb } from '../../lib/laptop/dynamodb/create-dynamo-db.ts';
import { startFront } from '../../lib/laptop/front.ts';
import { startHttpApi } from '../../lib/laptop/http-api/http-api.ts';
import { createLambda } from '../../lib/laptop/lambda/lambda.ts';
import { createPollers } from '../../lib/laptop/pollers/pollers.ts';
import { createS3 } from '../../lib/laptop/s3/create-s3.ts';
import { startSandbox } from '../../lib/laptop/sandbox/start-sandbox.ts';
import { createSecretsManager } from '../../lib/laptop/secrets-manager/create-secrets-manager.ts';
import { createSqs } from '../../lib/laptop/sqs/index.ts';

/** Says what it got of a request to the API; what it gets below `/answers` it gives back as its answer. */
const FUNCTION = `
  import { createHash } from 'node:crypto';
  export async function handler(event) {
    if (typeof event?.rawPath !== 'string') return event;
    const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
    if (event.rawPath === '/answers') {
      try { return JSON.parse(body.toString()); } catch { return { statusCode: 400, body: 'no JSON' }; }
    }
    const got = { sha256: createHash('sha256').update(body).digest('hex'), query: event.queryStringParameters ?? {} };
    return { statusCode: 200, body: JSON.stringify(got) };
  }`;

/** A failure of the function or of its answer, or a sender that went away (`Error`); any other is the API's own. */
const FAILURES_OF_FUNCTIONS = ['MalformedResponse', 'Runtime.JSONStringifyError', 'Error'];

const folder = process.argv[2]!;
const shared = { account: '000000000000', region: 'eu-central-1', clock: realClock };
const hasty: Clock = { now: realClock.now, after: (delayMs, action) => realClock.after(delayMs / 100, action) };
const urls = { aws: '', api: '', sandbox: '' };

const assetFolder = join(folder, 'function');
mkdirSync(assetFolder);
writeFileSync(join(assetFolder, 'index.mjs'), FUNCTION);
const fuzzed = {
  ...{ name: 'fuzzed', assetFolder, handler: 'index.handler', runtime: 'nodejs24.x', timeoutSeconds: 20 },
  ...{ memoryMb: 256, environment: {}, roleName: 'fuzzed' },
};
const sqs = createSqs({ ...shared, clock: hasty, file: join(folder, 'sqs.sqlite'), queueUrlBase: () => urls.aws });
const mapping = {
  ...{ id: '00000000-0000-4000-8000-000000000001', queueName: 'fuzz-mapped', functionName: 'fuzzed', batchSize: 10 },
  ...{ maximumBatchingWindowSeconds: 0, reportBatchItemFailures: true, enabled: true, maximumConcurrency: 2 },
};
const pollers = createPollers({
  ...shared,
  mappings: [mapping],
  queues: { receive: () => new Promise(() => {}), delete: async () => ({}) } as never,
  invoke: async () => ({ kind: 'ok', payload: Buffer.from('{}') }),
  onLog: () => {},
});
const cloudWatch = createCloudWatch(shared);
const lambda = await createLambda({
  ...shared,
  functions: [fuzzed],
  endpointUrl: () => urls.aws,
  accessKeyOf: (roleName) => ({ accessKeyId: roleName, secretAccessKey: 'laptop' }),
  onLog: () => {},
  onInvoked: cloudWatch.counts.add,
  mappings: () => pollers,
});
const services = [
  sqs.service,
  (await createDynamoDb({ ...shared, folder: join(folder, 'dynamodb') })).service,
  createS3({ ...shared, folder: join(folder, 's3') }).service,
  createSecretsManager({ ...shared, file: join(folder, 'secrets.sqlite') }).service,
  lambda.service,
  cloudWatch.service,
];
urls.aws = (await startFront({ services, port: 0 })).url;
const route = { functionName: 'fuzzed', timeoutMs: 10_000 };
const api = await startHttpApi({
  ...shared,
  port: 0,
  stage: '$default',
  routes: [
    { ...route, method: 'POST', path: '/v1/webhooks/{source}' },
    { ...route, method: 'ANY', path: '/files/{path+}' },
    { ...route, method: 'POST', path: '/answers' },
  ] as never,
  invoke: lambda.invoke,
  onAccess({ status, error = '' }) {
    if (status === 500 && !FAILURES_OF_FUNCTIONS.includes(error))
      process.stderr.write(`[fuzz] the API failed: ${error}\n`);
  },
});
urls.api = api.url;
const targets = { crm: 'hubspot', chat: 'slack', own: 'http', kept: 'http' };
const sandbox = await startSandbox({ port: 0, file: join(folder, 'sandbox.sqlite'), clock: hasty, targets });
urls.sandbox = sandbox.url;
process.stdout.write(`${JSON.stringify(urls)}\n`);
