import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { s3Spool } from '../../functions/aws/spool.ts';
import { clientOf, startS3 } from '../lib/laptop/s3/support.ts';

let s3: Awaited<ReturnType<typeof startS3>>;
beforeAll(async () => {
  s3 = await startS3();
  vi.stubEnv('AWS_ENDPOINT_URL', s3.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.stop();
  s3.remove();
});

const soon = () => Date.now() + 5_000;

it('keeps objects by name, the first page first, and nothing beside the spool', async () => {
  const spool = s3Spool('inbox', Date.now);
  await spool.put('spool/2026-11-20T000001.000Z/shop/b', Buffer.from('two'), soon());
  await spool.put('spool/2026-11-20T000000.000Z/shop/a', Buffer.from('one'), soon());
  await clientOf(s3.url).send(new PutObjectCommand({ Bucket: 'inbox', Key: 'bodies/x', Body: 'x' }));

  const [first, second] = await spool.list();

  expect([first, second]).toEqual(['spool/2026-11-20T000000.000Z/shop/a', 'spool/2026-11-20T000001.000Z/shop/b']);
  expect(await spool.list(first)).toEqual([second]);
  expect(await spool.list(second)).toEqual([]);
  expect(await spool.get(first!)).toEqual(Buffer.from('one'));
});

it('removes an object once, and knows that it is gone', async () => {
  const spool = s3Spool('inbox', Date.now);
  await spool.put('spool/gone', Buffer.from('x'), soon());

  await spool.remove('spool/gone');
  await spool.remove('spool/gone');

  expect(await spool.get('spool/gone')).toBeUndefined();
});

it('gives up at the deadline', async () => {
  const spool = s3Spool('inbox', Date.now);

  await expect(spool.put('spool/late', Buffer.from('x'), Date.now() - 1)).rejects.toThrow(/abort/i);
});
