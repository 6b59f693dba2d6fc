/** Parking: by an operator, and by a target that refuses our credentials until it is mended. The guard runs as deployed. */
import { join } from 'node:path';
import { ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoDbParks } from '../../functions/aws/parks.ts';
import { QUEUE } from '../../functions/core/names.ts';
import { readIamReport } from '../../lib/laptop/iam/report.ts';
import { FLOWS, type Hub, resourceNames, SOON, startHub, until } from './hub.ts';
import { type Signed, shopifyOrder, shopifyRequest, sourceSecrets } from './vendors.ts';

const FLOW = FLOWS.hubspot;
const MINUTE = 60_000;

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ secrets: sourceSecrets });
});
afterAll(() => hub.stop());

const mapping = async () => {
  const FunctionName = resourceNames.deliverFunction(FLOW);
  const { EventSourceMappings } = await hub.address.lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
  return EventSourceMappings![0]!;
};
const mappingIs = (state: string, maximumConcurrency?: number) =>
  until(`the mapping to be ${state} ${maximumConcurrency ?? ''}`, async () => {
    const { State, ScalingConfig } = await mapping();
    const fits = maximumConcurrency === undefined || ScalingConfig?.MaximumConcurrency === maximumConcurrency;
    return State === state && fits ? true : undefined;
  });

const guardLog = () => hub.log(resourceNames.guardFunction);
const probes = () => guardLog().filter(({ message }) => message === 'probed');

async function postOrders(...ids: string[]): Promise<Signed[]> {
  const orders = await Promise.all(ids.map((id) => shopifyOrder(id)));
  for (const order of orders) expect(await hub.post(order)).toMatchObject({ status: 200 });
  return orders;
}

/** How often each waiting message was received, this look not counted; it hides none. */
async function receives(): Promise<number[]> {
  const { sqs } = hub.address;
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: resourceNames.queue(FLOW) }));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      ...{ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 },
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    }),
  );
  return Messages.map(({ Attributes }) => Number(Attributes?.ApproximateReceiveCount) - 1);
}

test('a parked target is not called, its messages wait unreceived, and everybody sees why', async () => {
  const parked = await hub.cli('park', 'hubspot', '--why', 'they move house');
  await mappingIs('Disabled');
  const calls = await hub.calls('hubspot');

  const orders = await postOrders('parked-1', 'parked-2', 'parked-3');
  for (const { eventId } of orders) await hub.reaches(FLOWS.http, eventId, 'delivered');
  for (let minute = 0; minute < 3; minute++) await hub.guardRuns();

  expect(parked.stdout).toBe(
    `target hubspot is parked: messages of ${FLOW} wait up to 14 days until "syncline resume hubspot"\n`,
  );
  expect(await receives()).toEqual([0, 0, 0]);
  expect((await hub.calls('hubspot')) - calls).toBe(0);
  const flows = (await hub.cli('flows', '--json')).json();
  expect(flows.find(({ flow }) => flow === FLOW)?.parks).toEqual([
    {
      ...{ subject: 'target/hubspot', reason: 'operator', until: null, why: 'they move house' },
      ...{ since: expect.stringMatching(/Z$/), by: expect.any(String) },
    },
  ]);
  expect(flows.find(({ flow }) => flow === FLOWS.http)?.parks).toEqual([]);
  expect((await hub.cli('flows')).stdout).toContain('  parked: target/hubspot operator since ');
});

test('"resume" takes away the one reason it is told, and says which remain', async () => {
  const parks = dynamoDbParks({ client: hub.address.dynamoDb, tableName: resourceNames.stateTable });
  const subject = { kind: 'flow', name: FLOW } as const;
  await parks.add({ subject, reason: 'quota', since: (await hub.now()).getTime(), by: FLOW, why: 'DAILY' });

  const tried = await hub.cli('resume', 'hubspot', '--dry-run', '--json');
  const resumed = await hub.cli('resume', 'hubspot');
  const again = await hub.cli('resume', 'hubspot', '--json');

  expect(tried.json()).toMatchObject([{ removed: false, changed: [], remaining: [{ reason: 'quota' }] }]);
  expect(resumed.stdout).toMatch(
    /^target hubspot: the reason operator is taken away\nstill parked: flow\/.* quota since .*\n {2}the target’s quota is used up/,
  );
  expect(again.json()).toMatchObject([{ removed: false, flows: [FLOW] }]);
  expect(await mapping()).toMatchObject({ State: 'Disabled' });
});

test('with the last reason gone, what waited is delivered, two at a time for two minutes', async () => {
  const resumed = await hub.cli('resume', FLOW, '--reason', 'quota');
  await mappingIs('Enabled', 2);
  await hub.quiet();
  const delivered = await hub.deliveries(FLOW);
  await hub.guardRuns();
  const afterOne = (await mapping()).ScalingConfig;
  await hub.guardRuns(2 * MINUTE);
  await mappingIs('Enabled', QUEUE.maximumConcurrency);

  expect(resumed.stdout).toContain(`goes on: ${FLOW}\n`);
  expect(delivered.map(({ state, attempts }) => [state, attempts])).toEqual([
    ['delivered', 1],
    ['delivered', 1],
    ['delivered', 1],
  ]);
  expect(afterOne).toEqual({ MaximumConcurrency: 2 });
});

test('a target whose token was revoked is probed, and goes on by itself once it is mended', async () => {
  await hub.mode('hubspot', 'revoke');
  const parks = dynamoDbParks({ client: hub.address.dynamoDb, tableName: resourceNames.stateTable });
  const subject = { kind: 'target', name: 'hubspot' } as const;
  await parks.add({ subject, reason: 'auth', since: (await hub.now()).getTime(), by: FLOW, why: 'http-401' });

  await hub.guardRuns();
  await mappingIs('Disabled');
  const [order] = await postOrders('revoked-4');
  await expect.poll(probes, SOON).toMatchObject([{ healthy: false, errorClass: 'auth', target: 'hubspot' }]);
  await hub.mode('hubspot', 'ok');
  await hub.guardRuns();

  await hub.reaches(FLOW, order!.eventId, 'delivered');
  await expect.poll(probes, SOON).toMatchObject([{ healthy: false }, { healthy: true }]);
  expect(await parks.read([subject])).toEqual([]);
});

test('without a guard, "park" and "resume" do it all', async () => {
  const [parked, flows] = [await hub.cli('park', FLOW, '--json'), (await hub.cli('flows', '--json')).json()];
  await mappingIs('Disabled');
  const [order] = await postOrders('alone-5');
  const resumed = await hub.cli('resume', FLOW, '--json');

  await hub.reaches(FLOW, order!.eventId, 'delivered');

  const subject = `flow/${FLOW}`;
  expect(parked.json()).toMatchObject([
    { subject, parked: true, flows: [FLOW], changed: [{ flow: FLOW, what: 'pause' }] },
  ]);
  expect(flows.find(({ flow }) => flow === FLOW)?.parks).toMatchObject([{ subject, why: 'no reason given' }]);
  expect(resumed.json()).toMatchObject([{ subject, removed: true, changed: [{ what: 'resume' }], remaining: [] }]);
});

test('a dry run changes nothing, and a name that nobody has is refused', async () => {
  const tried = await hub.cli('park', 'slack', '--dry-run');
  const wrong = await hub.cli('park', 'hubspott', '--json');
  const reason = await hub.cli('resume', 'hubspot', '--reason', 'weather');

  expect(tried.stdout).toBe(`target slack would be parked, and with it ${FLOWS.slack}; nothing was changed\n`);
  expect((await hub.cli('resume', 'slack', '--json')).json()).toMatchObject([{ removed: false, changed: [] }]);
  expect(wrong.code).toBe(1);
  expect(wrong.error()).toMatchObject({
    error: { code: 'not-found', message: "there is no flow and no target 'hubspott'; did you mean 'hubspot'?" },
  });
  expect(reason.code).toBe(2);
});

test('the guard failed in nothing and was refused nothing', () => {
  expect(guardLog().filter(({ level }) => level === 'ERROR')).toEqual([]);
  expect(readIamReport(join(hub.folder, 'iam.json')).refusals).toEqual([]);
});

test('a record that goes round in circles is parked, and goes on when an operator says so', async () => {
  const posted = async (number: number) => {
    const updated_at = new Date(Date.parse('2026-11-20T09:00:00Z') + number * 1_000).toISOString();
    const order = { id: 4_711, name: '#loop', email: 'loop@example.com', total_price: '1.00', updated_at };
    const signed = await shopifyRequest(`loop-${number}`, JSON.stringify(order));
    await hub.post(signed);
    return signed.eventId;
  };
  for (let number = 0; number < 30; number++) await hub.reaches(FLOW, await posted(number), 'delivered');
  const last = await posted(30);
  await hub.reaches(FLOW, last, 'waiting');
  const log = () => hub.log(resourceNames.deliverFunction(FLOW)).find(({ message }) => message === 'entity parked');
  await expect.poll(log, SOON).toBeDefined();
  const entity = String(log()!.entity);

  const unknown = await hub.cli('resume', FLOW, '--entity', 'shopify/nobody');
  const resumed = await hub.cli('resume', FLOW, '--entity', entity, '--json');
  const delivered = await hub.reaches(FLOW, last, 'delivered');

  expect(entity).toBe('shopify/4711');
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("has no parked entity 'shopify/nobody'") });
  expect(resumed.json()).toEqual([{ flow: FLOW, entity, parkedAt: expect.any(String), resumed: true }]);
  expect(delivered.attempts).toBe(1);
}, 60_000);
