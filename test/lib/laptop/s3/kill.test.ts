import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { startChild, writeUntilDead } from '../crash/start-child.ts';
import { clientOf } from './support.ts';

const bodyOf = (number: number) => `${number}`.repeat(20_000);

it('kill -9 under load loses no acknowledged object', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-kill-'));
  const first = await startChild('s3', folder);
  const client = clientOf(first.url);
  await client.send(new CreateBucketCommand({ Bucket: 'inbox' }));
  const load = writeUntilDead((number) =>
    client.send(new PutObjectCommand({ Bucket: 'inbox', Key: `${number}`, Body: bodyOf(number) })),
  );
  await sleep(1000);
  await first.kill();
  const acknowledged = await load;

  const second = await startChild('s3', folder);
  const again = clientOf(second.url);
  const read = async (number: number) => {
    const { Body } = await again.send(new GetObjectCommand({ Bucket: 'inbox', Key: `${number}` }));
    return (await Body!.transformToString()) === bodyOf(number);
  };
  const whole = await Promise.all(acknowledged.map(read));

  await second.kill();
  rmSync(folder, { recursive: true });
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(whole.every(Boolean)).toBe(true);
});
