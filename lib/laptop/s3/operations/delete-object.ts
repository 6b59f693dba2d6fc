import { errors } from '../errors.ts';
import type { S3Operation } from '../operation.ts';

/** No error when there is no such object. */
export const deleteObject: S3Operation = {
  method: 'DELETE',
  on: 'object',
  run({ store }, _request, { bucket, key }) {
    if (!store.hasBucket(bucket)) throw errors.noSuchBucket({ BucketName: bucket });
    store.remove(bucket, key);
    return { status: 204 };
  },
};
