import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Layer } from '../../../../lib/laptop/front.ts';
import { failure, startS3 } from './support.ts';

let s3: Awaited<ReturnType<typeof startS3>>;
let layer: Layer;
beforeEach(async () => {
  layer = (_service, _request, next) => next();
  s3 = await startS3(undefined, [(...call) => layer(...call)]);
});
afterEach(async () => {
  await s3.stop();
  s3.remove();
});

const where = { Bucket: 'inbox', Key: 'a' };
/** More than sockets take without a reader. */
const old = Buffer.alloc(30_000_000, 'old bytes ');
const put = (Body: string | Buffer) => s3.client.send(new PutObjectCommand({ ...where, Body }));
const get = async (Range?: string) => (await s3.client.send(new GetObjectCommand({ ...where, Range }))).Body!;

/** The objects' files that this process has open. */
const openFiles = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    const path = `/proc/self/fd/${fd}`;
    return existsSync(path) && readlinkSync(path).startsWith(s3.folder) && readlinkSync(path).includes('/objects/');
  });

describe('a reader that is under way gets the old bytes whole', () => {
  it.each([
    ['replaced', () => put('new')],
    ['deleted', () => s3.client.send(new DeleteObjectCommand(where))],
  ])('while its object is %s', async (_what, change) => {
    await put(old);
    const reading = await get();

    await change();

    expect(Buffer.from(await reading.transformToByteArray()).equals(old)).toBe(true);
  });
});

it('a range of a large object is its bytes', async () => {
  await put(old);

  expect(await (await get('bytes=20000003-20000009')).transformToString()).toBe(' bytes ');
});

describe.skipIf(!existsSync('/proc/self/fd'))('no file stays open (seen in /proc, which only Linux has)', () => {
  it('after a read', async () => {
    await put('a');

    await (await get()).transformToString();

    await vi.waitFor(() => expect(openFiles()).toEqual([]));
  });

  it('when the client goes away', async () => {
    await put(old);
    const reading = (await get()) as unknown as IncomingMessage;
    expect(openFiles()).toHaveLength(1);

    reading.destroy();

    await vi.waitFor(() => expect(openFiles()).toEqual([]));
  });

  it('when the client went away before the answer', async () => {
    await put(old);
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const served = vi.fn();
    layer = async (_service, _request, next) => {
      controller.abort();
      await left;
      return next().finally(served);
    };
    const controller = new AbortController();

    await failure(s3.client.send(new GetObjectCommand(where), { abortSignal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    leave();

    await vi.waitFor(() => expect(served).toHaveBeenCalled());
    await vi.waitFor(() => expect(openFiles()).toEqual([]));
  });

  it('when the answer is lost', async () => {
    await put(old);
    layer = async (_service, _request, next) => {
      await next();
      expect(openFiles()).toHaveLength(1);
      throw new Error('lost');
    };

    await failure(get());

    await vi.waitFor(() => expect(openFiles()).toEqual([]));
  });

  it('when another answer takes its place', async () => {
    await put(old);
    layer = async (_service, _request, next) => {
      await next();
      return { status: 403 };
    };

    await failure(get());

    await vi.waitFor(() => expect(openFiles()).toEqual([]));
  });
});
