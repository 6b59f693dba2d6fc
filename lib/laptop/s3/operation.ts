import type { Clock } from '../clock.ts';
import type { AwsRequest, AwsResponse } from '../service.ts';
import type { Properties, Store } from './store.ts';

/** What every operation works on. */
export type S3 = { store: Store; clock: Clock; region: string };

/** What a request is about: both are empty for the service itself, `key` is for a bucket. */
export type Address = { bucket: string; key: string };

/** One API operation. S3 tells them apart by method, by what the path names, and by the query. */
export type S3Operation = {
  method: 'GET' | 'PUT' | 'HEAD' | 'DELETE';
  on: 'service' | 'bucket' | 'object';
  /** Query parameters it knows; any other is refused by name. */
  query?: string[];
  /** Headers it knows among those that change what a request means; ends in `-` for a family. */
  headers?: string[];
  run(s3: S3, request: AwsRequest, address: Address): AwsResponse | Promise<AwsResponse>;
};

/** The headers of an object in the answer to GetObject and HeadObject. */
export function objectHeaders({ etag, sizeBytes, modifiedAtEpochMs, headers, metadata }: Properties) {
  return {
    ...headers,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, encodeMetadata(value)])),
    etag,
    'content-length': String(sizeBytes),
    'last-modified': new Date(modifiedAtEpochMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/**
 * Metadata that is not ASCII comes back in the encoding of RFC 2047.
 *
 * @param value The bytes as Node reads headers, one character each.
 * @see Amazon S3 User Guide, "Working with object metadata"
 */
function encodeMetadata(value: string): string {
  const isAscii = /^[\x20-\x7e]*$/.test(value);
  return isAscii ? value : `=?UTF-8?B?${Buffer.from(value, 'latin1').toString('base64')}?=`;
}
