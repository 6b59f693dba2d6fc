import { errors } from '../errors.ts';
import type { S3, S3Operation } from '../operation.ts';

/** In us-east-1 it is no error that the bucket is yours already; elsewhere it is BucketAlreadyOwnedByYou. */
export const createBucket: S3Operation = {
  method: 'PUT',
  on: 'bucket',
  headers: ['x-amz-sdk-checksum-algorithm', 'x-amz-checksum-'],
  run(s3, _request, { bucket }) {
    if (makeBucket(s3, bucket) === 'exists' && s3.region !== 'us-east-1')
      throw errors.bucketAlreadyOwnedByYou({ BucketName: bucket });
    return { status: 200, headers: { location: `/${bucket}` } };
  },
};

/**
 * @throws InvalidBucketName
 * @see Amazon S3 User Guide, "General purpose bucket naming rules"
 */
export function makeBucket({ store, clock }: S3, name: string): 'created' | 'exists' {
  const isName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^[\d.]+$/.test(name);
  if (!isName) throw errors.invalidBucketName({ BucketName: name });
  return store.createBucket({ name, createdAtEpochMs: clock.now() });
}
