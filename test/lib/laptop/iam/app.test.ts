import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BODIES_PREFIX, names } from '../../../../functions/core/names.ts';
import { flowsOf, loadDefinitions } from '../../../../lib/definitions.ts';
import { readAssembly } from '../../../../lib/laptop/assembly/assembly.ts';
import type { Context } from '../../../../lib/laptop/iam/conditions.ts';
import { createIamLayer, type Iam } from '../../../../lib/laptop/iam/layer.ts';
import { readIamRoles } from '../../../../lib/laptop/iam/roles.ts';
import { synthesize } from '../../../../lib/laptop/synthesize.ts';
import { stageNamed } from '../../../../lib/stage.ts';
import { stages } from '../../../../stages.ts';
import { env } from '../assembly/setup.ts';

/** The roles of the real app, held against the calls that its functions make and those that they must not make. */
const root = join(import.meta.dirname, '../../../..');
const stage = 'test';
const named = names(stage);
const { sources, targets, flows } = await loadDefinitions(root, stageNamed(stages, stage));

const place = { account: env.account, region: env.region };
const queue = (name: string) => `arn:aws:sqs:${env.region}:${env.account}:${name}`;
const secret = (name: string) => `arn:aws:secretsmanager:${env.region}:${env.account}:secret:${name}-AbC1d2`;
const table = (name: string) => `arn:aws:dynamodb:${env.region}:${env.account}:table/${name}`;
const object = (key: string) => `arn:aws:s3:::${named.bucket(env.account, env.region)}/${key}`;
const keys = (...leadingKeys: string[]): Context => ({ 'dynamodb:leadingkeys': leadingKeys });

let iam: Iam;
let roleOf: Map<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'syncline-app-'));
beforeAll(async () => {
  await synthesize(root, stage, folder);
  const { functions } = readAssembly(folder, env);
  roleOf = new Map(functions.map(({ name, roleName }) => [name, roleName]));
  iam = createIamLayer({ ...place, roles: readIamRoles(folder, env), functions });
});
afterAll(() => rmSync(folder, { recursive: true }));

const may = (functionName: string, action: string, resource: string, context?: Context) =>
  iam.authorizeAs(roleOf.get(functionName)!, action, resource, context) === undefined;

describe.each(sources.map(({ source }) => source))('ingest of $name', (source) => {
  const ingest = named.ingestFunction(source.name);
  const own = flowsOf(source, flows).map(({ name }) => name);

  test('may publish to the flows that want its events, read its secret, put bodies and write its log', () => {
    const allowed = [
      ...own.map((flow) => may(ingest, 'sqs:SendMessage', queue(named.queue(flow)))),
      may(ingest, 'secretsmanager:GetSecretValue', secret(named.sourceSecret(source.name))),
      may(ingest, 's3:PutObject', object(`${BODIES_PREFIX}2026-11-20/${source.name}/id`)),
      iam.authorizeLogs(ingest) === undefined,
    ];

    expect(own.length).toBeGreaterThan(0);
    expect(allowed).not.toContain(false);
  });

  test("may not read another's secret, publish to another flow, or read and write elsewhere", () => {
    const others = sources.filter((other) => other.source !== source);
    const strange = flows.filter(({ name }) => !own.includes(name));
    const allowed = [
      ...others.map((other) => secret(named.sourceSecret(other.source.name))),
      ...targets.map(({ target }) => secret(named.targetSecret(target.name))),
      secret(`${named.sourceSecret(source.name)}-two`),
    ].map((arn) => may(ingest, 'secretsmanager:GetSecretValue', arn));
    const elsewhere = [
      ...strange.map(({ name }) => may(ingest, 'sqs:SendMessage', queue(named.queue(name)))),
      may(ingest, 's3:PutObject', object('elsewhere/id')),
      may(ingest, 's3:GetObject', object(`${BODIES_PREFIX}id`)),
      may(ingest, 'dynamodb:PutItem', table(named.ledgerTable), keys('any#key')),
    ];

    expect([...allowed, ...elsewhere]).not.toContain(true);
  });
});

describe.each(flows)('deliver of $name', ({ name, flow }) => {
  const deliver = named.deliverFunction(name);
  const ledger = table(named.ledgerTable);
  const state = table(named.stateTable);
  const own = flow.operations.map(({ target }) => target.name);

  test('may work on its queue, its keys of the ledger, its targets’ secrets, their parks and the bodies', () => {
    const allowed = [
      iam.authorizePoller(deliver, named.queue(name)) === undefined,
      may(deliver, 'sqs:ChangeMessageVisibility', queue(named.queue(name))),
      may(deliver, 'sqs:SendMessage', queue(named.queue(name))),
      may(deliver, 'dynamodb:Query', ledger, keys(`${name}#shop#1`)),
      may(deliver, 'dynamodb:PutItem', ledger, keys(`${name}#shop#1`)),
      ...own.map((target) => may(deliver, 'secretsmanager:GetSecretValue', secret(named.targetSecret(target)))),
      may(deliver, 's3:GetObject', object(`${BODIES_PREFIX}2026-11-20/shop/id`)),
      iam.authorizeLogs(deliver) === undefined,
      may(deliver, 'dynamodb:BatchGetItem', state, keys(`flow#${name}`, ...own.map((target) => `target#${target}`))),
      ...own.map((target) => may(deliver, 'dynamodb:UpdateItem', state, keys(`target#${target}`))),
    ];

    expect(allowed).not.toContain(false);
  });

  test("may not touch another flow's keys, nor its own together with others'", () => {
    const strange = [...flows.filter((other) => other.name !== name).map((other) => other.name), `${name}-two`];
    const allowed = ['dynamodb:PutItem', 'dynamodb:Query'].flatMap((action) => [
      ...strange.map((other) => may(deliver, action, ledger, keys(`${other}#shop#1`))),
      may(deliver, action, ledger, keys(`${name}#shop#1`, `${strange[0]}#shop#1`)),
      may(deliver, action, ledger),
    ]);

    expect(allowed).not.toContain(true);
  });

  test('may not read the whole ledger, what else is in the state table, other secrets, or work on another queue', () => {
    const otherTargets = targets.map(({ target }) => target.name).filter((target) => !own.includes(target));
    const allowed = [
      may(deliver, 'dynamodb:Scan', ledger),
      may(deliver, 'dynamodb:Query', `${ledger}/index/attention`, keys(`${name}#1`)),
      may(deliver, 'dynamodb:PutItem', state, keys(`flow#${name}`)),
      may(deliver, 'dynamodb:BatchGetItem', state),
      ...['guard#watch', `flow#${name}-two`, ...otherTargets.map((target) => `target#${target}`)].flatMap((key) =>
        ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'].map((action) => may(deliver, action, state, keys(key))),
      ),
      may(deliver, 'dynamodb:DeleteItem', ledger, keys(`${name}#1`)),
      ...otherTargets.map((target) =>
        may(deliver, 'secretsmanager:GetSecretValue', secret(named.targetSecret(target))),
      ),
      ...sources.map(({ source }) =>
        may(deliver, 'secretsmanager:GetSecretValue', secret(named.sourceSecret(source.name))),
      ),
      ...flows
        .filter((other) => other.name !== name)
        .map((other) => iam.authorizePoller(deliver, named.queue(other.name)) === undefined),
    ];

    expect(allowed).not.toContain(true);
  });
});

describe('the guard', () => {
  const guard = named.guardFunction;
  const functionArn = (name: string) => `arn:aws:lambda:${env.region}:${env.account}:function:${name}`;
  const mappingArn = `arn:aws:lambda:${env.region}:${env.account}:event-source-mapping:c6c8a5c4`;
  const delivers = flows.map(({ name }) => functionArn(named.deliverFunction(name)));

  test('may read and write parks and its notes, and count in the attention index', () => {
    const state = table(named.stateTable);
    const subjects = [
      ...flows.map(({ name }) => `flow#${name}`),
      ...targets.map(({ target }) => `target#${target.name}`),
    ];
    const allowed = [
      may(guard, 'dynamodb:BatchGetItem', state, keys(...subjects, 'guard#watch')),
      ...[...subjects, 'guard#watch'].map((key) => may(guard, 'dynamodb:UpdateItem', state, keys(key))),
      may(guard, 'dynamodb:Query', `${table(named.ledgerTable)}/index/attention`, keys('any#0')),
    ];

    expect(allowed).not.toContain(false);
  });

  test('may list mappings, change those of deliver functions, and invoke these', () => {
    const allowed = delivers.flatMap((arn) => [
      may(guard, 'lambda:InvokeFunction', arn),
      may(guard, 'lambda:UpdateEventSourceMapping', mappingArn, { 'lambda:functionarn': arn }),
    ]);

    expect(may(guard, 'lambda:ListEventSourceMappings', '*')).toBe(true);
    expect(allowed).not.toContain(false);
  });

  test('may touch no other function, queue, secret, row, or key of the state table', () => {
    const ingests = sources.map(({ source }) => functionArn(named.ingestFunction(source.name)));
    const others = [...ingests, functionArn(guard), functionArn('syncline-other-deliver-x')];
    const allowed = [
      ...others.map((arn) => may(guard, 'lambda:InvokeFunction', arn)),
      ...others.map((arn) => may(guard, 'lambda:UpdateEventSourceMapping', mappingArn, { 'lambda:functionarn': arn })),
      ...flows.map(({ name }) => may(guard, 'sqs:ReceiveMessage', queue(named.queue(name)))),
      ...targets.map(({ target }) =>
        may(guard, 'secretsmanager:GetSecretValue', secret(named.targetSecret(target.name))),
      ),
      may(guard, 'dynamodb:Query', table(named.ledgerTable), keys('any#0')),
      may(guard, 'dynamodb:PutItem', table(named.ledgerTable), keys('any#0')),
      may(guard, 'dynamodb:UpdateItem', table(named.stateTable), keys('entity#1')),
      may(guard, 'dynamodb:BatchGetItem', table(named.stateTable)),
    ];

    expect(allowed).not.toContain(true);
  });
});

test('nobody may send to a dead-letter queue, or take from one', () => {
  const functions = [...roleOf.keys()];
  const allowed = functions.flatMap((functionName) =>
    flows.flatMap(({ name }) =>
      ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:StartMessageMoveTask'].map((action) =>
        may(functionName, action, queue(named.deadLetterQueue(name))),
      ),
    ),
  );

  expect(functions).toHaveLength(sources.length + flows.length + 1);
  expect(allowed).not.toContain(true);
});

test("nobody may write another function's log", () => {
  const functions = [...roleOf.keys()];
  const group = (name: string) =>
    `arn:aws:logs:${env.region}:${env.account}:log-group:/aws/lambda/${name}:log-stream:1`;

  for (const name of functions) {
    const writable = functions.filter((other) => may(name, 'logs:PutLogEvents', group(other)));
    expect(writable).toEqual([name]);
  }
});

test('a refusal names the construct of the policy', () => {
  may(named.ingestFunction('stripe'), 'secretsmanager:GetSecretValue', secret(named.sourceSecret('shopify')));

  expect(iam.refusals().at(-1)).toMatchObject({
    function: named.ingestFunction('stripe'),
    construct: `${named.hubStack}/Source-stripe/Ingest/Role/DefaultPolicy`,
  });
});
