import type { S3Operation } from '../operation.ts';
import { createBucket } from './create-bucket.ts';
import { deleteBucket } from './delete-bucket.ts';
import { deleteObject } from './delete-object.ts';
import { getObject } from './get-object.ts';
import { headBucket } from './head-bucket.ts';
import { headObject } from './head-object.ts';
import { listBuckets } from './list-buckets.ts';
import { listObjectsV2 } from './list-objects-v2.ts';
import { putObject } from './put-object.ts';

export const operations: S3Operation[] = [
  createBucket,
  deleteBucket,
  deleteObject,
  getObject,
  headBucket,
  headObject,
  listBuckets,
  listObjectsV2,
  putObject,
];
