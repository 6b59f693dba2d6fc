import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createFaults, type Faults } from '../../../../lib/laptop/faults/create-faults.ts';
import { createFunctionClocks } from '../../../../lib/laptop/lambda/function-clocks.ts';
import type { Lambda } from '../../../../lib/laptop/lambda/lambda.ts';
import { createMovableClock, withRealTimers } from '../../../../lib/laptop/movable-clock.ts';
import { createPollers } from '../../../../lib/laptop/pollers/pollers.ts';
import { queueCalls } from '../../../../lib/laptop/queue-calls.ts';
import { startSqsOn } from '../clock/setup.ts';
import { defineFunction, startLambda } from '../lambda/setup.ts';
import { mapping } from '../pollers/setup.ts';

/** Writes down what it is given; takes a second for the first, which is long enough to be killed in. */
const delivers = `export const handler = async ({ Records }) => {
  const counts = Records.map(({ attributes }) => Number(attributes.ApproximateReceiveCount));
  console.log(JSON.stringify({ counts, now: Date.now() }));
  if (counts.includes(1)) await new Promise((resolve) => setTimeout(resolve, 1000));
  return null; }`;

/** The function over a real queue and pollers, all on one movable clock, with faults between. */
async function start(source: string) {
  const clock = createMovableClock();
  const functionClocks = createFunctionClocks(clock);
  let lambda: Lambda | undefined;
  const faults: Faults = createFaults({
    clock,
    functions: () => lambda?.functions() ?? [],
    kill: (name) => lambda?.kill(name),
    setSkew: functionClocks.setSkew,
  });
  const { sqs, url, client, createQueue } = await startSqsOn(clock, [faults.layer]);
  const started = await startLambda([defineFunction(source, { name: 'deliver', roleName: 'deliver-role' })], {
    ...{ clock: withRealTimers(clock), functionClocks, onInvoke: faults.onInvoke, endpointUrl: () => url },
    accessKeyOf: (accessKeyId) => ({ accessKeyId, secretAccessKey: 'secret' }),
  });
  lambda = started.lambda;
  const QueueUrl = await createQueue('orders', { VisibilityTimeout: '120' });
  const results: string[] = [];
  const pollers = createPollers({
    ...{ clock, region: 'eu-central-1', account: '000000000000', mappings: [mapping], onLog: () => {} },
    queues: faults.aroundQueues(queueCalls(sqs, (name) => `${url}/000000000000/${name}`)),
    async invoke(name, payload) {
      const result = await started.lambda.invoke(name, payload);
      results.push(result.kind === 'ok' ? 'ok' : result.errorType);
      return result;
    },
  });
  pollers.start();
  onTestFinished(() => pollers.stop());
  return { clock, faults, client, QueueUrl, results, ...started };
}

const receiveCounts = (lines: string[]) =>
  lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).counts);

test('a function that is killed in an invocation gets its message again after the visibility timeout', async () => {
  const { clock, faults, client, QueueUrl, results, lines } = await start(delivers);
  faults.set('kill-function:deliver:after=100ms');

  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 7' }));
  await vi.waitFor(() => expect(results).toEqual(['Runtime.ExitError']), { timeout: 5000 });
  clock.advance(120_000);

  await vi.waitFor(() => expect(results).toEqual(['Runtime.ExitError', 'ok']), { timeout: 5000 });
  expect(receiveCounts(lines)).toEqual([[1], [2]]);
  expect(faults.list()).toEqual([]);
});

test('a function that is killed at a call has done the call or not, as the fault says', async () => {
  const sends = `import http from 'node:http';
    export const handler = async () => {
      const authorization = \`Credential=\${process.env.AWS_ACCESS_KEY_ID}/20261120/eu-central-1/sqs/aws4_request, \`;
      const headers = { authorization, 'x-amz-target': 'AmazonSQS.CreateQueue' };
      await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify({ QueueName: 'made' }) });
      return 'made'; }`;
  const { faults, invoke, client } = await start(sends);
  const isMade = () =>
    client.send(new GetQueueUrlCommand({ QueueName: 'made' })).then(
      () => true,
      () => false,
    );

  faults.set('kill-function:deliver:at=sqs:operation=CreateQueue');
  const before = { result: await invoke({}, 'deliver'), isMade: await isMade() };
  faults.set('kill-function:deliver:at=sqs:operation=CreateQueue:moment=after');
  const after = { result: await invoke({}, 'deliver'), isMade: await isMade() };

  expect(before).toMatchObject({ result: { errorType: 'Runtime.ExitError' }, isMade: false });
  expect(after).toMatchObject({ result: { errorType: 'Runtime.ExitError' }, isMade: true });
  expect((await invoke({}, 'deliver')).payload).toBe('made');
});

test('a skew is seen by the function until it is cleared', async () => {
  const { clock, faults, invoke } = await start('export const handler = async () => Date.now()');
  const aheadSeconds = async () => Math.round(((await invoke({}, 'deliver')).payload - clock.now()) / 1000);

  const seen = [await aheadSeconds()];
  faults.set('skew-clock:deliver:by=-5m');
  seen.push(await aheadSeconds());
  faults.clear();
  seen.push(await aheadSeconds());

  expect(seen).toEqual([0, -300, 0].map((each) => expect.closeTo(each, -1)));
});
