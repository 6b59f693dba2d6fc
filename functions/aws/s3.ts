/** S3 is needed seldom: its client is loaded at the first call, and costs no cold start. */
export function lazyS3() {
  let loading: ReturnType<typeof loadS3> | undefined;
  return () => {
    loading ??= loadS3();
    return loading;
  };
}

async function loadS3() {
  const sdk = await import('@aws-sdk/client-s3');
  const { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, S3Client } = sdk;
  const requestHandler = { connectionTimeout: 300, requestTimeout: 3_000, throwOnRequestTimeout: true };
  const client = new S3Client({ maxAttempts: 2, requestHandler });
  return { client, DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand };
}
