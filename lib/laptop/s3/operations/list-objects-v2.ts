import { notEmulated } from '../../service.ts';
import { errors } from '../errors.ts';
import type { S3Operation } from '../operation.ts';
import type { Properties, Store } from '../store.ts';
import { document } from '../xml.ts';

const maxKeysDefault = 1000;
/** The last character there is: a prefix followed by it comes after every key with that prefix. */
const last = '\u{10ffff}';

type Page = {
  contents: { key: string; properties: Properties }[];
  commonPrefixes: string[];
  /** Where the next page starts, when there is one. */
  next?: string;
};

/** Keys in the order of their UTF-8 bytes; with a delimiter, keys that share the text up to it count as one prefix. */
export const listObjectsV2: S3Operation = {
  method: 'GET',
  on: 'bucket',
  query: ['list-type', 'prefix', 'delimiter', 'max-keys', 'continuation-token', 'start-after', 'encoding-type'],
  run({ store }, { query }, { bucket }) {
    if (query.get('list-type') !== '2') throw notEmulated('s3', 'ListObjects (the first version)');
    if (!store.hasBucket(bucket)) throw errors.noSuchBucket({ BucketName: bucket });
    const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
    const maxKeys = readMaxKeys(query.get('max-keys'));
    const page = readPage(store, bucket, { prefix, delimiter, maxKeys, start: readStart(query) });
    return { status: 200, headers: { 'content-type': 'application/xml' }, body: write(bucket, query, maxKeys, page) };
  },
};

function readMaxKeys(text: string | null): number {
  if (text !== null && !/^\d{1,9}$/.test(text)) throw errors.invalidArgument({ ArgumentName: 'max-keys' });
  return Math.min(Number(text ?? maxKeysDefault), maxKeysDefault);
}

/** The first key that may be on the page. A token is where the page before it ended, in base64. */
function readStart(query: URLSearchParams): string {
  const token = query.get('continuation-token');
  if (token !== null) return Buffer.from(token, 'base64url').toString();
  const startAfter = query.get('start-after');
  return startAfter === null ? '' : `${startAfter}\0`;
}

function readPage(
  store: Store,
  bucket: string,
  { prefix, delimiter, maxKeys, start }: { prefix: string; delimiter: string; maxKeys: number; start: string },
): Page {
  const page: Page = { contents: [], commonPrefixes: [] };
  let from = start > prefix ? start : prefix;
  for (;;) {
    const folder = fillPage(store.list(bucket, from), page, { prefix, delimiter, maxKeys });
    if (folder === undefined) return page;
    page.commonPrefixes.push(folder);
    from = folder + last;
  }
}

/**
 * Adds keys to the page up to the next common prefix.
 *
 * @returns That prefix; undefined when the page is full or the keys are over.
 */
function fillPage(
  keys: ReturnType<Store['list']>,
  page: Page,
  { prefix, delimiter, maxKeys }: { prefix: string; delimiter: string; maxKeys: number },
): string | undefined {
  for (const { key, properties } of keys) {
    if (!key.startsWith(prefix)) return undefined;
    if (page.contents.length + page.commonPrefixes.length >= maxKeys) {
      if (maxKeys > 0) page.next = key;
      return undefined;
    }
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end !== -1) return key.slice(0, end + delimiter.length);
    page.contents.push({ key, properties });
  }
  return undefined;
}

function write(bucket: string, query: URLSearchParams, maxKeys: number, page: Page): string {
  const encode = query.get('encoding-type') === 'url' ? encodeKey : (text: string) => text;
  const echo = (name: string) => query.get(name) ?? undefined;
  return document({
    ListBucketResult: {
      ...{ Name: bucket, Prefix: encode(query.get('prefix') ?? ''), Delimiter: echo('delimiter'), MaxKeys: maxKeys },
      ...{ StartAfter: echo('start-after'), ContinuationToken: echo('continuation-token') },
      ...{ EncodingType: echo('encoding-type'), KeyCount: page.contents.length + page.commonPrefixes.length },
      IsTruncated: page.next !== undefined,
      NextContinuationToken: page.next === undefined ? undefined : Buffer.from(page.next).toString('base64url'),
      Contents: page.contents.map(({ key, properties }) => ({
        ...{ Key: encode(key), LastModified: new Date(properties.modifiedAtEpochMs).toISOString() },
        ...{ ETag: properties.etag, Size: properties.sizeBytes, StorageClass: 'STANDARD' },
      })),
      CommonPrefixes: page.commonPrefixes.map((each) => ({ Prefix: encode(each) })),
    },
  });
}

const encodeKey = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
