import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { type Layer, startFront } from '../../../../lib/laptop/front.ts';
import { createS3 } from '../../../../lib/laptop/s3/create-s3.ts';
import { fakeClock } from '../fake-clock.ts';

/** An S3 with the bucket `inbox` behind a front, and the SDK's client for it. */
export async function startS3(folder = mkdtempSync(join(tmpdir(), 'syncline-s3-')), layers: Layer[] = []) {
  const s3 = createS3({ folder: join(folder, 'data'), region: 'us-east-1', clock: fakeClock() });
  await s3.createBucket('inbox');
  const front = await startFront({ services: [s3.service], port: 0, layers });
  const client = clientOf(front.url);
  return {
    ...{ client, folder, url: front.url },
    /** The names in the folder of the objects' bytes. */
    files: () => readdirSync(join(folder, 'data', 'objects')),
    async stop() {
      client.destroy();
      await front.close();
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export const clientOf = (endpoint: string) =>
  new S3Client({
    ...{ endpoint, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** For requests that no SDK sends. */
export const authorization = 'AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/s3/aws4_request';

/** What the SDK threw. */
export const failure = (call: Promise<unknown>): Promise<Error & { $metadata: { httpStatusCode: number } }> =>
  call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error) => error,
  );
