/**
 * Least privilege, from both sides: one hub is driven along every path, and no role has a right that none of them took;
 * then single statements are taken away, and what needed them is refused by name.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoDbParks } from '../../functions/aws/parks.ts';
import { type Envelope, encodeEnvelope, UNREADABLE } from '../../functions/core/envelope.ts';
import { BODIES_PREFIX } from '../../functions/core/names.ts';
import { definitionsOf } from '../../lib/cli/common.ts';
import { startHub as startHubHere } from '../../lib/laptop/hub.ts';
import { type IamReport, readIamReport } from '../../lib/laptop/iam/report.ts';
import { ACCOUNT, REGION } from '../../lib/laptop/surroundings.ts';
import { FLOWS, type Hub, newFolder, resourceNames, startHub, until } from './hub.ts';
import {
  genericLead,
  genericSignature,
  type Signed,
  shopifyOrder,
  shopifyRequest,
  sourceSecrets,
  standardWebhook,
  standardWebhookRequest,
  stripePaymentFailed,
  stripePaymentOf,
} from './vendors.ts';

const STAGE = 'test';
/** Over what fits a message, so that the body goes through the bucket. */
const PADDING = 'x'.repeat(700_001);
const CREDENTIALS = { accessKeyId: 'operator', secretAccessKey: 'laptop' };

const ingest = (source: string) => `${resourceNames.hubStack}/Source-${source}/Ingest/Role/DefaultPolicy`;
const deliver = (flow: string) => `${resourceNames.flowsStack('flows')}/Flow-${flow}/Deliver/Role/DefaultPolicy`;
const queueArn = (flow: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${resourceNames.queue(flow)}`;
const ledgerArn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${resourceNames.ledgerTable}`;

const MINUTE_MS = 60_000;
/** More than the fuse of a process lets through in an hour; a process more may join in. */
const CIRCLES = 45;

let report: IamReport;
const assembly = newFolder();
beforeAll(async () => {
  const hub = await startHub({ secrets: sourceSecrets });
  try {
    await driveEveryPath(hub);
    report = readIamReport(join(hub.folder, 'iam.json'));
    cpSync(join(hub.folder, 'assembly'), assembly, { recursive: true });
  } finally {
    await hub.stop();
  }
}, 120_000);
afterAll(() => rmSync(join(assembly, '..'), { recursive: true, force: true }));

describe('on all paths together', () => {
  test('no call is refused', () => {
    expect(report.refusals).toEqual([]);
  });

  test('every statement of every role is needed', () => {
    const surplus = report.statements.filter(({ uses }) => uses === 0);

    expect(report.statements.length).toBeGreaterThan(20);
    expect(surplus.map(({ construct, actions }) => `${construct}: ${actions}`)).toEqual([]);
  });

  test('every action of every statement is needed', () => {
    const surplus = report.statements.flatMap(({ construct, actions, usedActions }) =>
      actions.filter((action) => !usedActions.includes(action)).map((action) => `${construct} ${action}`),
    );

    expect(surplus).toEqual([]);
  });
});

describe('without a statement', () => {
  const { shopify, stripe, generic } = { shopify: 'shopify', stripe: 'stripe', generic: 'generic' };
  /** Each of another function, so that one hub shows them all. */
  const taken = [
    { construct: ingest(shopify), action: 'sqs:SendMessage' },
    { construct: ingest(generic), action: 'secretsmanager:GetSecretValue' },
    { construct: ingest(stripe), action: 'logs:PutLogEvents' },
    { construct: deliver(FLOWS.http), action: 'dynamodb:PutItem' },
    { construct: deliver(FLOWS.slack), action: 'secretsmanager:GetSecretValue' },
    { construct: deliver(FLOWS.hubspot), action: 'sqs:ReceiveMessage' },
  ];
  const folder = newFolder();
  const answers: Record<string, number> = {};
  let refusals: IamReport['refusals'] = [];
  let deliveredTo: Record<string, boolean> = {};

  beforeAll(async () => {
    for (const { construct, action } of taken) takeAway(construct, action);
    mkdirSync(folder, { recursive: true });
    const definitions = await definitionsOf(STAGE);
    const hub = await startHubHere({ folder, assembly, stage: STAGE, definitions, port: 0 });
    try {
      await setSourceSecrets(hub.aws);
      for (const request of [await shopifyOrder('1'), await genericLead('2'), await stripePaymentFailed('3')]) {
        const { source, headers, body } = request;
        answers[source] = (await fetch(`${hub.webhooks}/${source}`, { method: 'POST', headers, body })).status;
      }
      refusals = await until('a refusal for each statement', async () => {
        const told = readIamReport(join(folder, 'iam.json')).refusals;
        return new Set(told.map(({ construct }) => construct)).size === taken.length ? told : undefined;
      });
      deliveredTo = Object.fromEntries(
        await Promise.all(Object.keys(FLOWS).map(async (target) => [target, await hasRecords(hub.sandbox, target)])),
      );
    } finally {
      await hub.close();
    }
  }, 60_000);
  afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  test('what needed it does not happen', () => {
    expect(answers).toEqual({ shopify: 503, generic: 503, stripe: 200 });
    expect(deliveredTo).toEqual({ http: false, hubspot: false, slack: false });
    const lines = logOf(folder, resourceNames.ingestFunction('stripe'));
    expect(lines.every((line) => line.startsWith('[syncline]'))).toBe(true);
  });

  const secretArn = (name: string) => new RegExp(`:secret:${name}-\\w{6}$`);
  test.each([
    [resourceNames.ingestFunction(shopify), 'sqs:SendMessage', new RegExp(`^${queueArn('')}`)],
    [
      resourceNames.ingestFunction(generic),
      'secretsmanager:GetSecretValue',
      secretArn(resourceNames.sourceSecret(generic)),
    ],
    [resourceNames.ingestFunction(stripe), 'logs:CreateLogStream', new RegExp(resourceNames.ingestFunction(stripe))],
    [resourceNames.deliverFunction(FLOWS.http), 'dynamodb:PutItem', new RegExp(`^${ledgerArn}$`)],
    [
      resourceNames.deliverFunction(FLOWS.slack),
      'secretsmanager:GetSecretValue',
      secretArn(resourceNames.targetSecret('slack')),
    ],
    [resourceNames.deliverFunction(FLOWS.hubspot), 'sqs:ReceiveMessage', new RegExp(`^${queueArn(FLOWS.hubspot)}$`)],
  ])('%s is refused %s by name, with what to mend', (functionName, action, resource) => {
    const own = refusals.filter((refusal) => refusal.function === functionName);

    expect(own[0]).toMatchObject({ action, reason: 'no statement allows it' });
    expect(own[0]?.resource).toMatch(resource);
    expect(taken.map(({ construct }) => construct)).toContain(own[0]?.construct);
    expect(logOf(folder, functionName).join('\n')).toContain(
      `[syncline] [laptop] [iam] ${functionName} may not ${action} on ${own[0]?.resource}`,
    );
  });

  /** Takes the statement that allowed an action out of the assembly's copy. */
  function takeAway(construct: string, action: string): void {
    const statement = report.statements.find((each) => each.construct === construct && each.actions.includes(action));
    const file = join(assembly, `${construct.split('/')[0]}.template.json`);
    const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Record<string, Resource> };
    const policy = Object.values(template.Resources).find(
      ({ Properties }) => Properties?.PolicyName === statement!.policy,
    );
    const { Statement } = policy!.Properties!.PolicyDocument!;
    policy!.Properties!.PolicyDocument!.Statement = Statement.filter(({ Action }) => ![Action].flat().includes(action));
    writeFileSync(file, JSON.stringify(template));
  }
});

type Resource = {
  Properties?: { PolicyName?: string; PolicyDocument?: { Statement: { Action: string | string[] }[] } };
};

/** Every path that needs a right of its own: small and large bodies, failures, what was unreadable and is read again. */
async function driveEveryPath(hub: Hub): Promise<void> {
  const small = [
    await shopifyOrder('small-1'),
    await stripePaymentFailed('small-1'),
    await standardWebhook('small-1'),
    await genericLead('small-1'),
  ];
  const large = [await largeOrder(), largePayment(), await largeContact(), await largeLead()];
  await Promise.all([...small, ...large].map(hub.post));
  await hub.quiet(30_000);

  await failOnce(hub);

  await hub.post(await shopifyRequest('unreadable-3', 'not JSON'));
  await hub.quiet();
  await hub.redrive(FLOWS.hubspot);
  await hub.quiet();

  for (const flow of Object.values(FLOWS)) {
    await readAgain(hub, flow, flow === FLOWS.slack ? large[1]! : large[0]!);
    await missBody(hub, flow);
  }
  await hub.quiet();

  await goInCircles(hub);
  await refuseCredentials(hub);
  await park(hub);
}

/** A record that comes again and again is parked. */
async function goInCircles(hub: Hub): Promise<void> {
  const invoice = 'circle';
  for (let number = 0; number < CIRCLES; number++) {
    const payment = await stripePaymentOf(invoice, `${invoice}-${number}`);
    await hub.post(payment);
    // One after the other, so that one process counts them all.
    const isOver = async (flow: string) => {
      const state = (await hub.delivery(flow, payment.eventId))?.state;
      return state === 'delivered' || state === 'waiting' ? true : undefined;
    };
    for (const flow of [FLOWS.slack, FLOWS.http]) await until('its end', () => isOver(flow));
  }
  for (const flow of [FLOWS.slack, FLOWS.http]) {
    const parked = () => hub.metric(resourceNames.deliverFunction(flow), 'EntityParked') || undefined;
    await until(`${flow} to park the invoice`, async () => parked());
  }
}

/** Workers park targets that refuse them, until the guard finds them well. */
async function refuseCredentials(hub: Hub): Promise<void> {
  for (const target of ['hubspot', 'http', 'slack'] as const) await hub.mode(target, 'revoke');
  const [order, payment] = [await shopifyOrder('refused-4'), await stripePaymentFailed('refused-4')];
  await hub.post(order);
  await hub.post(payment);
  await hub.reaches(FLOWS.hubspot, order.eventId, 'waiting');
  await hub.reaches(FLOWS.slack, payment.eventId, 'waiting');
  await hub.reaches(FLOWS.http, order.eventId, 'waiting');
  for (const target of ['hubspot', 'http', 'slack'] as const) await hub.mode(target, 'ok');
  await hub.guardRuns(2 * MINUTE_MS);
  await hub.reaches(FLOWS.hubspot, order.eventId, 'delivered');
}

/** The guard pauses and resumes a flow, and ends the park of a target that its probe finds well. */
async function park({ address, now, guardRuns }: Hub): Promise<void> {
  const parks = dynamoDbParks({ client: address.dynamoDb, tableName: resourceNames.stateTable });
  const since = (await now()).getTime();
  const [flow, target] = [
    { kind: 'flow', name: FLOWS.slack },
    { kind: 'target', name: 'hubspot' },
  ] as const;
  await parks.add({ subject: flow, reason: 'quota', since, until: since + 90_000, by: 'a test', why: 'none' });
  await parks.add({ subject: target, reason: 'auth', since, by: 'a test', why: 'none' });
  await guardRuns();
  await guardRuns();
  expect(await parks.read([flow, target])).toEqual([]);
}

/** Deliveries that wait put their messages off. */
async function failOnce(hub: Hub): Promise<void> {
  const [order, payment] = [await shopifyOrder('failing-2'), await stripePaymentFailed('failing-2')];
  await hub.mode('hubspot', 'down');
  await hub.mode('http', 'down');
  await hub.mode('slack', 'rate-limit');
  await Promise.all([order, payment].map(hub.post));
  await hub.reaches(FLOWS.hubspot, order.eventId, 'waiting');
  await hub.reaches(FLOWS.http, order.eventId, 'waiting');
  await hub.reaches(FLOWS.slack, payment.eventId, 'waiting');
  for (const target of ['hubspot', 'http', 'slack'] as const) await hub.mode(target, 'ok');
  await hub.quiet(30_000);
}

/**
 * As after a connector was mended: a message of a request that could not be read comes back, and now it can be. Its body is
 * a large one, so what it holds goes through the bucket once more.
 */
async function readAgain(hub: Hub, flow: string, { source, headers, body }: Signed): Promise<void> {
  const s3 = new S3Client({ endpoint: hub.aws, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
  const object = `${BODIES_PREFIX}2026-11-20/${source}/of-${flow}`;
  const Bucket = resourceNames.bucket(ACCOUNT, REGION);
  await s3.send(new PutObjectCommand({ Bucket, Key: object, Body: body }));
  const { sources } = await definitionsOf(STAGE);
  const carries = sources.find((exported) => exported.source.name === source)?.source.definition.carries ?? [];
  const carried = Object.fromEntries(carries.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
  await enqueue(hub, flow, { source, type: UNREADABLE, key: `${UNREADABLE}:${flow}`, object, headers: carried });
  await until(`${flow} to read the request again`, async () => {
    const deliveries = await hub.deliveries(flow);
    return deliveries.some(({ key, state }) => key === `${UNREADABLE}:${flow}` && state === 'superseded') || undefined;
  });
}

/** A body that nobody finds any more stops its delivery. */
async function missBody(hub: Hub, flow: string): Promise<void> {
  const source = flow === FLOWS.hubspot ? 'shopify' : 'stripe';
  await enqueue(hub, flow, {
    source,
    type: 'any',
    key: 'gone',
    object: `${BODIES_PREFIX}2026-11-20/gone`,
    headers: {},
  });
  await until(`${flow} to miss a body`, async () => {
    const deliveries = await hub.deliveries(flow);
    return (
      deliveries.some(({ key, state, code }) => key === 'gone' && state === 'stopped' && code === 'body-gone') ||
      undefined
    );
  });
}

type Varying = Pick<Envelope, 'source' | 'type' | 'key' | 'headers'> & { object: string };

/** What publishing would have sent, sent by an operator. */
async function enqueue(hub: Hub, flow: string, varying: Varying): Promise<void> {
  const MessageBody = encodeEnvelope({
    ...{ v: 1, acceptId: `operator-${flow}-${varying.key}`, publishedAt: Date.now(), acceptedAt: Date.now() },
    ...{ generation: 0, flow, eventId: null, occurredAt: null, sequence: null, entityId: null },
    ...{ contentType: 'application/json', contentEncoding: '' },
    ...varying,
  });
  const { sqs } = hub.address;
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: resourceNames.queue(flow) }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

const padded = ({ body }: Signed) => JSON.stringify({ ...JSON.parse(body), note: PADDING });

const largeOrder = async () => shopifyRequest('large-4', padded(await shopifyOrder('large-4')));
const largeContact = async () => standardWebhookRequest('large-5', padded(await standardWebhook('large-5')));

async function largeLead(): Promise<Signed> {
  const lead = await genericLead('large-6');
  const body = padded(lead);
  return { ...lead, body, headers: { ...lead.headers, ...genericSignature(body) } };
}

function largePayment(): Signed {
  const invoice = { number: 'large-7', amount_due: 4_900, currency: 'eur', customer_email: 'large@example.com' };
  const event = { id: 'evt_large-7', object: 'event', created: 1_795_166_995, type: 'invoice.payment_failed' };
  const body = JSON.stringify({ ...event, data: { object: invoice }, note: PADDING });
  const { secret } = sourceSecrets['source/stripe'];
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret });
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
  return { source: 'stripe', eventId: event.id, body, headers };
}

async function setSourceSecrets(endpoint: string): Promise<void> {
  const client = new SecretsManagerClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  for (const [owner, value] of Object.entries(sourceSecrets)) {
    const SecretId = resourceNames.sourceSecret(owner.split('/')[1]!);
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }));
  }
}

async function hasRecords(sandbox: string, target: string): Promise<boolean> {
  const { records } = (await (await fetch(`${sandbox}/${target}/records`)).json()) as { records: unknown[] };
  return records.length > 0;
}

const logOf = (folder: string, functionName: string) =>
  readFileSync(join(folder, 'logs', `${functionName}.log`), 'utf8')
    .trim()
    .split('\n');
