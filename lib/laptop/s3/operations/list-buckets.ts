import type { S3Operation } from '../operation.ts';
import { document } from '../xml.ts';

export const listBuckets: S3Operation = {
  method: 'GET',
  on: 'service',
  run({ store }) {
    const buckets = store.buckets().map(({ name, createdAtEpochMs }) => ({
      ...{ Name: name, CreationDate: new Date(createdAtEpochMs).toISOString() },
    }));
    const body = document({ ListAllMyBucketsResult: { Buckets: { Bucket: buckets } } });
    return { status: 200, headers: { 'content-type': 'application/xml' }, body };
  },
};
