import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { startChild, writeUntilDead } from '../crash/start-child.ts';
import { clientOf } from './support.ts';

it('kill -9 under load loses no acknowledged secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-kill-'));
  const first = await startChild('secretsmanager', folder);
  const client = clientOf(first.url);
  const load = writeUntilDead((number) =>
    client.send(new CreateSecretCommand({ Name: `s/${number}`, SecretString: `value-${number}` })),
  );
  await sleep(1000);
  await first.kill();
  const acknowledged = await load;

  const second = await startChild('secretsmanager', folder);
  const again = clientOf(second.url);
  const read = async (number: number) =>
    (await again.send(new GetSecretValueCommand({ SecretId: `s/${number}` }))).SecretString;
  const values = await Promise.all(acknowledged.map(read));

  await second.kill();
  rmSync(folder, { recursive: true });
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(values).toEqual(acknowledged.map((number) => `value-${number}`));
});
