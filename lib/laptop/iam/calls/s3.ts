/**
 * The rights that calls of S3 need: S3 tells its operations apart by method and by what the path names.
 *
 * @see Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"
 */
import type { AwsRequest } from '../../service.ts';
import type { Mapping, Need } from './need.ts';

const onObject: Record<string, string> = {
  PUT: 's3:PutObject',
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  DELETE: 's3:DeleteObject',
};
const onBucket: Record<string, string> = { PUT: 's3:CreateBucket', GET: 's3:ListBucket', HEAD: 's3:ListBucket' };

export const s3: Mapping = ({ method, path, query }) => {
  const [bucket, key] = addressOf(path);
  if (bucket === '') return method === 'GET' ? [{ action: 's3:ListAllMyBuckets', resource: '*' }] : undefined;
  const action = (key === '' ? onBucket : onObject)[method];
  if (!action) return undefined;
  if (key !== '') return [{ action, resource: `arn:aws:s3:::${bucket}/${key}` }];
  const context = {
    's3:prefix': query.get('prefix') ?? undefined,
    's3:delimiter': query.get('delimiter') ?? undefined,
  };
  return [{ action, resource: `arn:aws:s3:::${bucket}`, ...(action === 's3:ListBucket' && { context }) }];
};

/** The right without which S3 does not say that an object is not there, but refuses the call. */
export function needToKnowAbsence({ path }: AwsRequest): Need {
  return { action: 's3:ListBucket', resource: `arn:aws:s3:::${addressOf(path)[0]}` };
}

/** Path style: `/<bucket>/<key>`. */
function addressOf(path: string): [bucket: string, key: string] {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return [decodeURIComponent(bucket), decodeURIComponent(key)];
}
