import { errors } from '../errors.ts';
import type { S3Operation } from '../operation.ts';

/** Only an empty bucket. */
export const deleteBucket: S3Operation = {
  method: 'DELETE',
  on: 'bucket',
  run({ store }, _request, { bucket }) {
    if (!store.hasBucket(bucket)) throw errors.noSuchBucket({ BucketName: bucket });
    if (store.removeBucket(bucket) === 'not empty') throw errors.bucketNotEmpty({ BucketName: bucket });
    return { status: 204 };
  },
};
