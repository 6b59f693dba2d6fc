import { SPOOL_PREFIX } from '../core/names.ts';
import type { Spool } from '../core/ports.ts';
import { s3Bodies } from './bodies.ts';
import { lazyS3 } from './s3.ts';

/** The spool in the stage's bucket. */
export function s3Spool(Bucket: string, now: () => number): Spool {
  const load = lazyS3();
  return {
    get: s3Bodies(Bucket).get,
    async put(Key, Body, deadline) {
      const { client, PutObjectCommand } = await load();
      const abortSignal = AbortSignal.timeout(Math.max(1, Math.floor(deadline - now())));
      await client.send(new PutObjectCommand({ Bucket, Key, Body }), { abortSignal });
    },
    async list(StartAfter) {
      const { client, ListObjectsV2Command } = await load();
      const input = { Bucket, Prefix: SPOOL_PREFIX, ...(StartAfter !== undefined && { StartAfter }) };
      const { Contents = [] } = await client.send(new ListObjectsV2Command(input));
      return Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
    },
    async remove(Key) {
      const { client, DeleteObjectCommand } = await load();
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}
