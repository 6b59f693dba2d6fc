import type { Bodies } from '../core/ports.ts';
import { lazyS3 } from './s3.ts';

/** Large bodies in the stage's bucket. */
export function s3Bodies(Bucket: string): Bodies {
  const load = lazyS3();
  return {
    async put(Key, Body) {
      const { client, PutObjectCommand } = await load();
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async get(Key) {
      const { client, GetObjectCommand, NoSuchKey } = await load();
      try {
        const object = await client.send(new GetObjectCommand({ Bucket, Key }));
        return object.Body && Buffer.from(await object.Body.transformToByteArray());
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}
