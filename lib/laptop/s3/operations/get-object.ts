import { errors } from '../errors.ts';
import type { Range } from '../object-files.ts';
import { objectHeaders, type S3Operation } from '../operation.ts';

/** With one `Range` of bytes the answer is 206; as in S3, a header with several ranges is as good as none. */
export const getObject: S3Operation = {
  method: 'GET',
  on: 'object',
  headers: ['range', 'x-amz-checksum-mode'],
  run({ store }, { headers }, { bucket, key }) {
    if (!store.hasBucket(bucket)) throw errors.noSuchBucket({ BucketName: bucket });
    const properties = store.head(bucket, key);
    if (!properties) throw errors.noSuchKey({ Key: key });
    const { sizeBytes } = properties;
    const range = readRange(headers.range, sizeBytes);
    const bodyStream = store.read(bucket, key, range);
    if (!range) {
      const checksum = headers['x-amz-checksum-mode'] === 'ENABLED' ? properties.checksum : {};
      return { status: 200, headers: { ...objectHeaders(properties), ...checksum }, bodyStream };
    }
    const length = { 'content-length': String(range.end - range.start + 1) };
    const where = { 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` };
    return { status: 206, headers: { ...objectHeaders(properties), ...length, ...where }, bodyStream };
  },
};

/**
 * `bytes=<first>-<last>`, `bytes=<first>-` or `bytes=-<length of the end>`.
 *
 * @see RFC 9110, section 14.1.2
 */
function readRange(header: string | undefined, sizeBytes: number): Range | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(sizeBytes - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (start > end) throw errors.invalidRange({ RangeRequested: header!, ActualObjectSize: String(sizeBytes) });
  return { start, end };
}
