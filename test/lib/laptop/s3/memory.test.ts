import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authorization, startS3 } from './support.ts';

const megabyte = 1024 * 1024;
const sizeBytes = 200 * megabyte;
/** About 15 MB are under way in sockets and pipes; whoever holds the object whole has 200. */
const maxGrowthBytes = 50 * megabyte;
const lookEveryBytes = 20 * megabyte;

/** Without it what is measured is how long the collector waits: up to 64 MB of buffers that nobody holds. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let s3: Awaited<ReturnType<typeof startS3>>;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(async () => {
  await s3.stop();
  s3.remove();
});

/** Twice: what one collection finds dead is freed beside it, by another thread, and surely by the next. */
function bufferBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** How much more memory live buffers took than before, at most, whenever the transfer looked. */
async function growthOf(transfer: (look: () => void) => Promise<void>): Promise<number> {
  const before = bufferBytes();
  let peak = before;
  await transfer(() => {
    peak = Math.max(peak, bufferBytes());
  });
  return peak - before;
}

async function putLarge(look: () => void): Promise<void> {
  const headers = { authorization, 'content-length': sizeBytes, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const sending = request(`${s3.url}/inbox/large`, { method: 'PUT', headers });
  const answered = once(sending, 'response');
  const part = Buffer.alloc(megabyte, 'syncline');
  for (let sentBytes = 0; sentBytes < sizeBytes; sentBytes += part.length) {
    if (!sending.write(part)) await once(sending, 'drain');
    if (sentBytes % lookEveryBytes === 0) look();
  }
  sending.end();
  const [response] = await answered;
  expect(response.resume().statusCode).toBe(200);
}

async function getLarge(look: () => void): Promise<void> {
  const [response] = (await once(get(`${s3.url}/inbox/large`, { headers: { authorization } }), 'response')) as [
    IncomingMessage,
  ];
  let readBytes = 0;
  for await (const bytes of response) {
    const looked = Math.floor(readBytes / lookEveryBytes);
    readBytes += bytes.length;
    if (Math.floor(readBytes / lookEveryBytes) > looked) look();
  }
  expect(readBytes).toBe(sizeBytes);
}

it('an object of 200 MB is put and got in little memory', async () => {
  const putting = await growthOf(putLarge);
  const getting = await growthOf(getLarge);

  expect(putting).toBeLessThan(maxGrowthBytes);
  expect(getting).toBeLessThan(maxGrowthBytes);
});
