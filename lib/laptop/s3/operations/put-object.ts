import { notEmulated } from '../../service.ts';
import { errors } from '../errors.ts';
import type { S3Operation } from '../operation.ts';
import { receiveUpload } from '../receive-upload.ts';

const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/**
 * `If-None-Match: *` writes only when the key is free.
 *
 * @see Amazon S3 User Guide, "How to prevent object overwrites with conditional writes"
 */
export const putObject: S3Operation = {
  method: 'PUT',
  on: 'object',
  headers: [
    'if-none-match',
    'x-amz-meta-',
    'x-amz-checksum-',
    'x-amz-sdk-checksum-algorithm',
    'x-amz-trailer',
    'x-amz-decoded-content-length',
  ],
  async run({ store, clock }, request, { bucket, key }) {
    const ifNoneMatch = request.headers['if-none-match'];
    if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notEmulated('s3', 'If-None-Match other than *');
    if (!store.hasBucket(bucket)) throw errors.noSuchBucket({ BucketName: bucket });
    const { file, result: upload } = await store.write((write) => receiveUpload(request, write));
    const properties = {
      ...{ ...upload, modifiedAtEpochMs: clock.now(), headers: readHeaders(request.headers) },
      metadata: pick(request.headers, (name) => name.startsWith('x-amz-meta-')),
    };
    const outcome = store.put(bucket, key, { properties, file }, ifNoneMatch === undefined ? 'always' : 'if new');
    if (outcome === 'exists') throw errors.preconditionFailed({ Condition: 'If-None-Match' });
    if (outcome === 'no bucket') throw errors.noSuchBucket({ BucketName: bucket });
    return { status: 200, headers: { etag: upload.etag, ...upload.checksum } };
  },
};

/** `aws-chunked` says how the body travelled; it is not kept. */
function readHeaders(headers: Record<string, string>): Record<string, string> {
  const kept = { 'content-type': 'binary/octet-stream', ...pick(headers, (name) => keptHeaders.includes(name)) };
  const encodings = (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim());
  const encoding = encodings.filter((each) => each !== '' && each !== 'aws-chunked').join(',');
  const { 'content-encoding': _sent, ...others } = kept as Record<string, string>;
  return encoding === '' ? others : { ...others, 'content-encoding': encoding };
}

const pick = (headers: Record<string, string>, wanted: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => wanted(name)));
