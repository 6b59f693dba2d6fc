import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startChild, writeUntilDead } from '../crash/start-child.ts';
import { authorization, clientOf } from './support.ts';

const Bucket = 'inbox';
const bodyOf = (number: number) => `${number}`.repeat(20_000);

let folder: string;
let child: Awaited<ReturnType<typeof startChild>>;
let client: ReturnType<typeof clientOf>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'syncline-kill-'));
  await start();
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterEach(async () => {
  await child.kill();
  rmSync(folder, { recursive: true });
});

async function start() {
  child = await startChild('s3', folder);
  client = clientOf(child.url);
}

const put = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
const read = async (Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
const files = () => readdirSync(join(folder, 's3', 'objects'));

it('kill -9 under load loses no acknowledged object', async () => {
  const load = writeUntilDead((number) => put(`${number}`, bodyOf(number)));
  await sleep(1000);
  await child.kill();
  const acknowledged = await load;

  await start();

  const whole = await Promise.all(acknowledged.map(async (number) => (await read(`${number}`)) === bodyOf(number)));
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(whole.every(Boolean)).toBe(true);
});

it('kill -9 while objects are replaced leaves each whole, and no other file', async () => {
  const keys = ['a', 'b', 'c'];
  for (const key of keys) await put(key, bodyOf(0));
  const load = writeUntilDead((number) => put(keys[number % keys.length]!, bodyOf(number)));
  await sleep(500);
  await child.kill();
  await load;

  await start();

  const bodies = await Promise.all(keys.map(read));
  expect(bodies.map((body) => body === bodyOf(Number(body.slice(0, body.length / 20_000))))).toEqual([
    true,
    true,
    true,
  ]);
  expect(files()).toHaveLength(keys.length);
});

it('kill -9 in the midst of a put leaves the old object', async () => {
  await put('a', 'old');
  const headers = { authorization, 'content-length': 1_000_000 };
  const broken = request(`${child.url}/${Bucket}/a`, { method: 'PUT', headers }).on('error', () => {});
  broken.write(Buffer.alloc(100_000));
  await vi.waitFor(() => expect(files()).toHaveLength(2));
  await child.kill();

  await start();

  expect([await read('a'), files().length]).toEqual(['old', 1]);
});
