import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Creates a bucket in the client's region, and has it removed with everything in it. */
export async function createBucket(
  { s3, afterwards }: { s3: S3Client; afterwards: (remove: () => Promise<unknown>) => void },
  Bucket: string,
): Promise<string> {
  const region = await s3.config.region();
  const place = { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
  await s3.send(new CreateBucketCommand({ Bucket, ...(region !== 'us-east-1' && place) }));
  afterwards(() => removeBucket(s3, Bucket));
  return Bucket;
}

async function removeBucket(s3: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    if (Contents.length === 0) break;
    const keys = Contents.map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' ')));
    await Promise.all(keys.map((Key) => s3.send(new DeleteObjectCommand({ Bucket, Key }))));
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
}
