import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authorization, startS3 } from './support.ts';

const megabyte = 1024 * 1024;
const sizeBytes = 200 * megabyte;
/** Far below the object, far above what sockets and a garbage collector that takes its time hold. */
const maxGrowthBytes = 64 * megabyte;

let s3: Awaited<ReturnType<typeof startS3>>;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(async () => {
  await s3.stop();
  s3.remove();
});

/** How much more memory buffers took than before, at most. */
async function growthOf(action: () => Promise<void>): Promise<number> {
  const bytes = () => process.memoryUsage().arrayBuffers;
  const before = bytes();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, bytes());
  }, 5);
  await action();
  clearInterval(sampling);
  return peak - before;
}

async function putLarge(): Promise<void> {
  const headers = { authorization, 'content-length': sizeBytes, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const sending = request(`${s3.url}/inbox/large`, { method: 'PUT', headers });
  const answered = once(sending, 'response');
  const part = Buffer.alloc(megabyte, 'syncline');
  for (let sent = 0; sent < sizeBytes; sent += part.length) if (!sending.write(part)) await once(sending, 'drain');
  sending.end();
  const [response] = await answered;
  expect(response.resume().statusCode).toBe(200);
}

async function getLarge(): Promise<void> {
  const response = await fetch(`${s3.url}/inbox/large`, { headers: { authorization } });
  let readBytes = 0;
  for await (const bytes of response.body!) readBytes += bytes.length;
  expect(readBytes).toBe(sizeBytes);
}

it('an object of 200 MB is put and got in little memory', async () => {
  const putting = await growthOf(putLarge);
  const getting = await growthOf(getLarge);

  expect(putting).toBeLessThan(maxGrowthBytes);
  expect(getting).toBeLessThan(maxGrowthBytes);
  if (process.env.SHOW) console.log(putting / megabyte, getting / megabyte);
});
