/**
 * The laptop's SQS, S3 and Secrets Manager in a process of their own, so that a benchmark of a client measures the client.
 * Prints its URL, and runs until its parent ends it.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../lib/laptop/clock.ts';
import { startFront } from '../../lib/laptop/front.ts';
import { createS3 } from '../../lib/laptop/s3/create-s3.ts';
import { createSecretsManager } from '../../lib/laptop/secrets-manager/create-secrets-manager.ts';
import { createSqs } from '../../lib/laptop/sqs/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'syncline-bench-'));
const shared = { account: '000000000000', region: 'eu-central-1', clock: realClock };
let url = '';
const services = [
  createSqs({ ...shared, file: join(folder, 'sqs.sqlite'), queueUrlBase: () => url }).service,
  createS3({ ...shared, folder: join(folder, 's3') }).service,
  createSecretsManager({ ...shared, file: join(folder, 'secrets.sqlite') }).service,
];
({ url } = await startFront({ services, port: 0 }));
process.stdout.write(`${url}\n`);
