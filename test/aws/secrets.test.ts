import { createHmac } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  type GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretsManagerSecrets } from '../../functions/aws/secrets.ts';
import { judge } from '../../functions/core/judge.ts';
import { github } from '../../functions/sources/github.ts';
import { startFront } from '../../lib/laptop/front.ts';
import { createSecretsManager } from '../../lib/laptop/secrets-manager/create-secrets-manager.ts';
import { fakeClock } from '../lib/laptop/fake-clock.ts';
import { memoryTelemetry } from '../memory/others.ts';

const clock = fakeClock(Date.parse('2026-11-20T00:00:00Z'));
const DAY_MS = 24 * 3_600_000;
let front: Awaited<ReturnType<typeof startFront>>;
let client: SecretsManagerClient;
let calls = 0;

beforeAll(async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'syncline-secrets-')), 'secrets.sqlite');
  const { service } = createSecretsManager({ file, account: '000000000000', region: 'eu-central-1', clock });
  front = await startFront({ services: [service], port: 0 });
  client = new SecretsManagerClient({
    endpoint: front.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  client.middlewareStack.add(
    (next) => (args) => {
      calls++;
      return next(args);
    },
    { step: 'initialize' },
  );
});
afterAll(() => front.close());

const secrets = () => secretsManagerSecrets({ client, prefix: 'syncline/dev', now: clock.now });
const create = (name: string, value?: object) =>
  client.send(
    new CreateSecretCommand({
      Name: `syncline/dev/source/${name}`,
      ...(value && { SecretString: JSON.stringify(value) }),
    }),
  );
const put = (name: string, value: unknown) =>
  client.send(
    new PutSecretValueCommand({ SecretId: `syncline/dev/source/${name}`, SecretString: JSON.stringify(value) }),
  );

describe('connections from Secrets Manager', () => {
  it('has none for a secret that was created without a value', async () => {
    await create('empty');

    expect(await secrets().connections('source', 'empty')).toEqual([]);
  });

  it('gives the former value too, newest first, for seven days after a rotation', async () => {
    await create('rotated', { secret: 'old' });
    await put('rotated', { secret: 'new' });

    expect(await secrets().connections('source', 'rotated')).toEqual([{ secret: 'new' }, { secret: 'old' }]);
    await clock.advance(7 * DAY_MS + 1_000);
    expect(await secrets().connections('source', 'rotated')).toEqual([{ secret: 'new' }]);
  });

  it('reads once in five minutes, however many ask', async () => {
    await create('cached', { secret: 'one' });
    const port = secrets();
    await port.connections('source', 'cached');
    const before = calls;

    await Promise.all([port.connections('source', 'cached'), port.connections('source', 'cached')]);
    expect(calls).toBe(before);
    await clock.advance(300_001);
    await port.connections('source', 'cached');
    expect(calls).toBeGreaterThan(before);
  });

  it('sees a value that was missing a second later', async () => {
    await create('awaited');
    const port = secrets();
    expect(await port.connections('source', 'awaited')).toEqual([]);

    await put('awaited', { secret: 'one' });
    await clock.advance(1_001);

    expect(await port.connections('source', 'awaited')).toEqual([{ secret: 'one' }]);
  });

  it('refreshes a secret once a minute, so that forgers cannot hammer Secrets Manager', async () => {
    await create('forged', { secret: 'one' });
    const port = secrets();
    await port.connections('source', 'forged');
    await put('forged', { secret: 'two' });

    expect((await port.refresh('source', 'forged'))?.[0]).toEqual({ secret: 'two' });
    expect((await port.connections('source', 'forged'))[0]).toEqual({ secret: 'two' });
    const before = calls;
    expect(await port.refresh('source', 'forged')).toBeUndefined();
    expect(calls).toBe(before);
    await clock.advance(60_001);
    expect(await port.refresh('source', 'forged')).toHaveLength(2);
  });

  it('calls a mismatch final as long as its copy is less than a minute old, and unknown after that', async () => {
    await create('aged', { secret: 'one' });
    let down = false;
    const send = ((command: never) =>
      down ? Promise.reject(new Error('unreachable')) : client.send(command)) as typeof client.send;
    const flaky = { send } as SecretsManagerClient;
    const port = secretsManagerSecrets({ client: flaky, prefix: 'syncline/dev', now: clock.now });
    await port.connections('source', 'aged');
    down = true;

    expect(await port.refresh('source', 'aged')).toBeUndefined();
    await clock.advance(60_000);
    expect(await port.refresh('source', 'aged')).toBeUndefined();
    await clock.advance(1);
    await expect(port.refresh('source', 'aged')).rejects.toThrow(
      '[syncline] syncline/dev/source/aged cannot be read again now; our copy is 60001 ms old',
    );
  });

  it('tries to refresh once a minute even while that fails', async () => {
    await create('hammered', { secret: 'one' });
    let tries = 0;
    const failing = (() => Promise.reject(new Error(`unreachable ${++tries}`))) as unknown as typeof client.send;
    const port = secretsManagerSecrets({
      client: { send: failing } as SecretsManagerClient,
      prefix: 'syncline/dev',
      now: clock.now,
    });

    for (let forgery = 0; forgery < 5; forgery++) await port.refresh('source', 'hammered').catch(() => {});
    expect(tries).toBe(1);
    await clock.advance(60_000);
    await port.refresh('source', 'hammered').catch(() => {});
    expect(tries).toBe(2);
  });

  it('serves the old copy while Secrets Manager cannot be reached, and has nothing fresh to offer', async () => {
    await create('kept', { secret: 'one' });
    let down = false;
    const send = ((command: never) =>
      down ? Promise.reject(new Error('unreachable')) : client.send(command)) as typeof client.send;
    const port = secretsManagerSecrets({
      client: { send } as SecretsManagerClient,
      prefix: 'syncline/dev',
      now: clock.now,
    });
    await port.connections('source', 'kept');
    down = true;
    await clock.advance(600_000);

    expect(await port.connections('source', 'kept')).toEqual([{ secret: 'one' }]);
    await expect(port.refresh('source', 'kept')).rejects.toMatchObject({ cause: new Error('unreachable') });
  });

  it('knows from a refresh on what was rotated away more than seven days ago', async () => {
    await create('away', { secret: 'oldest' });
    await put('away', { secret: 'old' });
    await put('away', { secret: 'new' });
    const port = secrets();

    await port.refresh('source', 'away');
    expect(port.former('source', 'away')).toEqual([]);
    await clock.advance(7 * DAY_MS + 1_000);
    expect(await port.connections('source', 'away')).toEqual([{ secret: 'new' }]);
    expect(port.former('source', 'away')).toEqual([]);
    expect(await port.refresh('source', 'away')).toEqual([{ secret: 'new' }]);
    expect(port.former('source', 'away')).toEqual([{ secret: 'old' }]);
  });

  it('refreshes all the same when what was rotated away cannot be read', async () => {
    await create('half', { secret: 'old' });
    await put('half', { secret: 'new' });
    await clock.advance(7 * DAY_MS + 1_000);
    const send = ((command: GetSecretValueCommand) =>
      command.input.VersionStage === 'AWSPREVIOUS'
        ? Promise.reject(new Error('unreachable'))
        : client.send(command)) as typeof client.send;
    const port = secretsManagerSecrets({
      client: { send } as SecretsManagerClient,
      prefix: 'syncline/dev',
      now: clock.now,
    });

    expect(await port.refresh('source', 'half')).toEqual([{ secret: 'new' }]);
    expect(port.former('source', 'half')).toEqual([]);
  });

  it('is asked once a minute by a thousand forgeries, and by the one with the former secret', async () => {
    await create('stormed', { secret: 'old' });
    await put('stormed', { secret: 'new' });
    await clock.advance(7 * DAY_MS + 1_000);
    const telemetry = memoryTelemetry();
    const stormed = github('stormed');
    const ports = {
      ...{ clock: { now: clock.now, sleep: async () => {} }, secrets: secrets(), telemetry: telemetry.telemetry },
      fetchKey: async () => Promise.reject(new Error('no key')),
    };
    const body = Buffer.from('{}');
    const judged = (secret: string) => {
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      const headers = { 'x-hub-signature-256': signature };
      return judge({ method: 'POST', rawQuery: '', headers, body }, stormed, 'https://hub.example', ports);
    };
    await ports.secrets.connections('source', 'stormed');
    const perMinute: number[] = [];

    for (let minute = 0; minute < 3; minute++) {
      const before = calls;
      for (let forgery = 0; forgery < 1_000; forgery++) {
        expect(await judged(`guess ${forgery}`)).toEqual({ verdict: 'bad-signature' });
      }
      expect(await judged('old')).toEqual({ verdict: 'rotated-away' });
      expect(await judged('new')).toEqual({ verdict: 'valid' });
      perMinute.push(calls - before);
      await clock.advance(60_000);
    }

    // One refresh: the current value and the one before.
    expect(perMinute).toEqual([2, 2, 2]);
  });

  it('rejects when Secrets Manager cannot be reached, and tries again the next time', async () => {
    const unreachable = new SecretsManagerClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    const port = secretsManagerSecrets({ client: unreachable, prefix: 'syncline/dev', now: clock.now });

    await expect(port.connections('source', 'any')).rejects.toThrow();
    await expect(port.connections('source', 'any')).rejects.toThrow();
  });
});
