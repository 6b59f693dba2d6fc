import { errors } from '../errors.ts';
import { objectHeaders, type S3Operation } from '../operation.ts';

export const headObject: S3Operation = {
  method: 'HEAD',
  on: 'object',
  headers: ['x-amz-checksum-mode'],
  run({ store }, { headers }, { bucket, key }) {
    const properties = store.head(bucket, key);
    if (!properties) throw errors.noSuchKey();
    const checksum = headers['x-amz-checksum-mode'] === 'ENABLED' ? properties.checksum : {};
    return { status: 200, headers: { ...objectHeaders(properties), ...checksum } };
  },
};
