import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type GetFunctionConfigurationCommand,
  type LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activecampaign } from '../../../functions/sources/activecampaign.ts';
import { stripe } from '../../../functions/sources/stripe.ts';
import type { Definitions } from '../../../lib/definitions.ts';
import { startFront } from '../../../lib/laptop/front.ts';
import { createSecretsManager } from '../../../lib/laptop/secrets-manager/create-secrets-manager.ts';
import type { HubAddress } from '../../../lib/ops/hub-address.ts';
import { generateToken, rotationOf } from '../../../lib/ops/rotation.ts';
import { setSecret } from '../../../lib/ops/secrets.ts';
import { fakeClock } from '../laptop/fake-clock.ts';

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
/** An operator on AWS has the time of this machine. */
const START = Math.floor(Date.now() / 1_000) * 1_000 - 10 * DAY_MS;
const clock = fakeClock(START);
const folder = mkdtempSync(join(tmpdir(), 'syncline-rotation-'));
const definitions: Definitions = {
  ...{ flows: [], targets: [] },
  sources: [stripe('shop'), activecampaign('mails')].map((source) => ({ exportName: source.name, source })),
};
/** Of the functions of a deployed hub, that of one source. */
const lambda = {
  async send({ input }: GetFunctionConfigurationCommand) {
    expect(input).toEqual({ FunctionName: 'syncline-dev-ingest-mails' });
    return { Environment: { Variables: { SYNCLINE_PUBLIC_URL: 'https://api1.execute-api.test' } } };
  },
} as unknown as LambdaClient;
const refusing = (error: Error) => ({ send: () => Promise.reject(error) }) as unknown as LambdaClient;
let front: Awaited<ReturnType<typeof startFront>>;
let hub: HubAddress;

beforeAll(async () => {
  const file = join(folder, 'secrets.sqlite');
  const { service } = createSecretsManager({ file, account: '000000000000', region: 'eu-central-1', clock });
  front = await startFront({ services: [service], port: 0 });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const secrets = new SecretsManagerClient({ endpoint: front.url, region: 'eu-central-1', credentials });
  for (const name of ['shop', 'mails'])
    await secrets.send(new CreateSecretCommand({ Name: `syncline/dev/source/${name}` }));
  hub = { stage: 'dev', secrets, lambda } as HubAddress;
});
afterAll(async () => {
  await front.close();
  rmSync(folder, { recursive: true, force: true });
});

const rotation = (address: string) => rotationOf(hub, definitions, address, { hubOptions: ' --stage dev' });
const set = (address: string, value: object) =>
  setSecret(hub, definitions, address, JSON.stringify(value), { dryRun: false });
const iso = (ms: number) => new Date(ms).toISOString();

describe('the rotation of a secret', () => {
  test('is told in the vendor’s order, with our own command in its place', async () => {
    expect(await rotation('source/shop')).toEqual({
      ...{ source: 'shop', kind: 'stripe', vendor: 'Stripe', generates: false, value: '{"secret":"…"}' },
      steps: [
        'roll the secret in the endpoint’s settings with an expiry of 24 h: until then Stripe signs with both',
        '`npx syncline secrets set source/shop --value - --stage dev` with the new secret here',
      ],
      ...{ current: null, previous: null },
    });
  });

  test('says what is valid now, since when and until when', async () => {
    await set('source/shop', { secret: 'whsec_one' });
    expect(await rotation('source/shop')).toMatchObject({ current: { since: iso(START) }, previous: null });

    await clock.advance(5 * DAY_MS);
    await set('source/shop', { secret: 'whsec_two' });
    const validUntil = iso(START + 5 * DAY_MS + WEEK_MS);
    expect(await rotation('source/shop')).toMatchObject({
      current: { since: iso(START + 5 * DAY_MS) },
      previous: { since: iso(START), validUntil, isValid: true },
    });
  });

  test('says what is valid no longer', async () => {
    const old = fakeClock(START - 2 * DAY_MS);
    const file = join(folder, 'old.sqlite');
    const { service } = createSecretsManager({ file, account: '000000000000', region: 'eu-central-1', clock: old });
    const oldFront = await startFront({ services: [service], port: 0 });
    const config = { region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    const there = { ...hub, secrets: new SecretsManagerClient({ ...config, endpoint: oldFront.url }) };
    await there.secrets.send(new CreateSecretCommand({ Name: 'syncline/dev/source/shop' }));
    for (const secret of ['whsec_one', 'whsec_two']) {
      await setSecret(there, definitions, 'source/shop', JSON.stringify({ secret }), { dryRun: false });
      await old.advance(DAY_MS);
    }

    const { previous } = await rotationOf(there, definitions, 'source/shop', { hubOptions: '' });

    expect(previous).toEqual({
      ...{ since: iso(START - 2 * DAY_MS), validUntil: iso(START - DAY_MS + WEEK_MS), isValid: false },
    });
    await oldFront.close();
  });

  test('never says a secret', async () => {
    expect(JSON.stringify(await rotation('source/shop'))).not.toMatch(/whsec_(one|two)/);
  });
});

describe('a token for a URL', () => {
  test('is made, kept as its hash, and shown once', async () => {
    const first = await generateToken(hub, definitions, 'source/mails', { dryRun: false });
    const second = await generateToken(hub, definitions, 'source/mails', { dryRun: false });

    const hashes = await Promise.all(['AWSCURRENT', 'AWSPREVIOUS'].map(stored));
    expect(second.url).toMatch(/^https:\/\/api1\.execute-api\.test\/v1\/webhooks\/mails\?token=[A-Za-z0-9]{32}$/);
    expect(second.endpointCommand).toBeUndefined();
    expect(hashes).toEqual([{ tokenHash: hashOf(second.url) }, { tokenHash: hashOf(first.url) }]);
  });

  test.each([
    ['there is no such function', new ResourceNotFoundException({ $metadata: {}, message: 'Function not found' })],
    ['the operator may not ask', Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' })],
  ])('is shown with the command that tells the rest of the URL, where %s', async (_, refusal) => {
    const made = await generateToken({ ...hub, lambda: refusing(refusal) }, definitions, 'source/mails', {
      dryRun: false,
    });

    expect(made).toEqual({
      url: expect.stringMatching(/^<ApiEndpoint>\/v1\/webhooks\/mails\?token=[A-Za-z0-9]{32}$/),
      endpointCommand: `aws apigatewayv2 get-apis --query "Items[?Name=='syncline-dev'].ApiEndpoint" --output text`,
    });
    expect(await stored('AWSCURRENT')).toEqual({ tokenHash: hashOf(made.url) });
  });

  test('is not made where its URL would be lost', async () => {
    const before = await stored('AWSCURRENT');
    const away = { ...hub, lambda: refusing(new Error('connect ECONNREFUSED')) };

    await expect(generateToken(away, definitions, 'source/mails', { dryRun: false })).rejects.toThrow('ECONNREFUSED');
    expect(await stored('AWSCURRENT')).toEqual(before);
  });

  test('is what the steps say to make', async () => {
    expect(await rotation('source/mails')).toMatchObject({
      generates: true,
      steps: [
        '`npx syncline secrets rotate source/mails --generate --stage dev` for the new token here: both work for 7 days',
        'change the URL in the webhook’s settings',
      ],
    });
  });

  test('is not stored by a dry run', async () => {
    const before = await stored('AWSCURRENT');

    await generateToken(hub, definitions, 'source/mails', { dryRun: true });

    expect(await stored('AWSCURRENT')).toEqual(before);
  });

  test('is refused where the vendor has the say', async () => {
    await expect(generateToken(hub, definitions, 'source/shop', { dryRun: false })).rejects.toThrow(
      'source/shop has no token in its URL: its secret comes from Stripe',
    );
  });
});

test('a source that does not exist is told with the nearest that does', async () => {
  await expect(rotation('source/shp')).rejects.toThrow("there is no 'source/shp'");
  await expect(rotation('target/shop')).rejects.toThrow("there is no 'target/shop'");
});

async function stored(VersionStage: string): Promise<unknown> {
  const SecretId = 'syncline/dev/source/mails';
  const { SecretString = '' } = await hub.secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }));
  return JSON.parse(SecretString);
}

const hashOf = (url: string) =>
  createHash('sha256')
    .update(new URLSearchParams(url.split('?')[1]).get('token') ?? '')
    .digest('hex');
