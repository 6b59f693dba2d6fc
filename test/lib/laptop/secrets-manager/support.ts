import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startFront } from '../../../../lib/laptop/front.ts';
import { createSecretsManager } from '../../../../lib/laptop/secrets-manager/create-secrets-manager.ts';
import { fakeClock } from '../fake-clock.ts';

/** A Secrets Manager behind a front, the SDK's client for it, and a clock the test moves. */
export async function startSecretsManager(folder = mkdtempSync(join(tmpdir(), 'syncline-secrets-'))) {
  const clock = fakeClock();
  const file = join(folder, 'secrets.db');
  const { service } = createSecretsManager({ file, account: '000000000000', region: 'us-east-1', clock });
  const front = await startFront({ services: [service], port: 0 });
  const client = clientOf(front.url);
  return {
    ...{ client, clock, folder, file, url: front.url },
    async stop() {
      client.destroy();
      await front.close();
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export const clientOf = (endpoint: string) =>
  new SecretsManagerClient({
    ...{ endpoint, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** What the SDK threw. */
export const failure = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error) => error,
  );
