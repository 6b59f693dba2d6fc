import { type AwsRequest, notEmulated } from '../service.ts';
import { errors } from './errors.ts';
import type { Address, S3Operation } from './operation.ts';
import { operations } from './operations/index.ts';

const maxKeyBytes = 1024;

/** Headers of signing and of the SDK, which change nothing in what a request means. */
const plainHeaders = ['date', 'content-sha256', 'user-agent', 'security-token', 'expected-bucket-owner'];

/**
 * Finds the operation of a request.
 *
 * @throws NotEmulatedException for an operation, a query parameter or a header that the laptop leaves out; InvalidURI and
 *   KeyTooLongError for a path that names no object.
 */
export function route(request: AwsRequest): { operation: S3Operation; address: Address } {
  const address = readAddress(request.path);
  const on = address.key ? 'object' : address.bucket ? 'bucket' : 'service';
  const name = request.query.get('x-id') ?? [request.method, on, ...request.query.keys()].join(' ');
  const operation = operations.find((each) => each.method === request.method && each.on === on);
  if (!operation) throw notEmulated('s3', name);
  const unknown = unknownQuery(request, operation) ?? unknownHeader(request, operation);
  if (unknown) throw notEmulated('s3', `${name} with ${unknown}`);
  return { operation, address };
}

/** Path style: `/<bucket>/<key>`. The key is everything after the second slash, dots and slashes included. */
function readAddress(path: string): Address {
  const match = /^\/([^/]*)\/?(.*)$/s.exec(path);
  if (!match) throw errors.invalidUri();
  const [, bucket = '', key = ''] = match;
  if (Buffer.byteLength(decode(key)) > maxKeyBytes) throw errors.keyTooLong();
  return { bucket: decode(bucket), key: decode(key) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw errors.invalidUri();
  }
}

function unknownQuery({ query }: AwsRequest, operation: S3Operation): string | undefined {
  return [...query.keys()].find((name) => name !== 'x-id' && !operation.query?.includes(name));
}

function unknownHeader({ headers }: AwsRequest, { headers: known = [] }: S3Operation): string | undefined {
  const matters = (name: string) => name.startsWith('x-amz-') || name.startsWith('if-') || name === 'range';
  const isKnown = (name: string) =>
    plainHeaders.includes(name.replace(/^x-amz-/, '')) ||
    known.some((each) => (each.endsWith('-') ? name.startsWith(each) : name === each));
  return Object.keys(headers).find((name) => matters(name) && !isKnown(name));
}
