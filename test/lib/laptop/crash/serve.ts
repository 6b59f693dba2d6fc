/** A child process with one emulated service, for tests that kill it: `node serve.ts <service> <data folder>`. */
import { join } from 'node:path';
import { realClock } from '../../../../lib/laptop/clock.ts';
import { createDynamoDb } from '../../../../lib/laptop/dynamodb/create-dynamo-db.ts';
import { startFront } from '../../../../lib/laptop/front.ts';
import { createS3 } from '../../../../lib/laptop/s3/create-s3.ts';
import { createSecretsManager } from '../../../../lib/laptop/secrets-manager/create-secrets-manager.ts';

const [name, folder] = process.argv.slice(2) as [string, string];
const options = { account: '000000000000', region: 'us-east-1', clock: realClock };

const services = {
  secretsmanager: () => createSecretsManager({ ...options, file: join(folder, 'secrets.db') }),
  s3: () => createS3({ ...options, folder: join(folder, 's3') }),
  dynamodb: () => createDynamoDb({ ...options, folder: join(folder, 'dynamodb') }),
};

const { service } = await services[name as keyof typeof services]();
const front = await startFront({ services: [service], port: 0 });
process.stdout.write(`${front.url}\n`);
