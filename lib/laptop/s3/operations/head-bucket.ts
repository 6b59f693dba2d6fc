import { errors } from '../errors.ts';
import type { S3Operation } from '../operation.ts';

export const headBucket: S3Operation = {
  method: 'HEAD',
  on: 'bucket',
  run({ store, region }, _request, { bucket }) {
    if (!store.hasBucket(bucket)) throw errors.noSuchBucket();
    return { status: 200, headers: { 'x-amz-bucket-region': region } };
  },
};
