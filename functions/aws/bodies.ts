import type { Bodies } from '../core/ports.ts';

/** Large bodies are rare: the S3 client is loaded when the first one comes, and costs no cold start. */
async function loadS3() {
  const { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const requestHandler = { connectionTimeout: 300, requestTimeout: 3_000, throwOnRequestTimeout: true };
  return { client: new S3Client({ maxAttempts: 2, requestHandler }), GetObjectCommand, NoSuchKey, PutObjectCommand };
}

/** Large bodies in the stage's bucket. */
export function s3Bodies(Bucket: string): Bodies {
  let loading: ReturnType<typeof loadS3> | undefined;
  const load = () => {
    loading ??= loadS3();
    return loading;
  };
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
