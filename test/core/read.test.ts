import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readEvents, unreadableEvent } from '../../functions/core/read.ts';
import type { AnySource, ReadResult } from '../../functions/core/source.ts';
import { shopDefinition, startMs } from './given.ts';

const definition = shopDefinition as unknown as AnySource;
const read = (body: Buffer, contentEncoding = '') =>
  readEvents(definition, { headers: {}, body, contentEncoding, acceptedAt: startMs });

it('reads the events of a body', () => {
  expect(read(Buffer.from('{"id":"e1"}'))).toMatchObject({ events: [{ type: 'thing', key: 'e1' }] });
});

it('reads a body that came compressed', () => {
  expect(read(gzipSync('{"id":"e1"}'), 'gzip')).toMatchObject({ events: [{ key: 'e1' }] });
});

it.each<[string, Buffer, string, string]>([
  ['is no JSON, without quoting it', Buffer.from('secret words'), '', 'the body is not valid JSON'],
  [
    'unpacks to over 10 MB',
    gzipSync(Buffer.alloc(10_000_001)),
    'gzip',
    'Cannot create a Buffer larger than <number> bytes',
  ],
  ['has an encoding that nobody knows', Buffer.from('{}'), 'zstd', 'content-encoding zstd is not supported'],
  ['lacks what is needed', Buffer.from('null'), '', "Cannot read properties of null (reading 'events')"],
  [
    'has an event of our own type',
    Buffer.from('{"events":[{"type":"unreadable"}]}'),
    '',
    "event type 'unreadable' is ours",
  ],
  [
    'has an event without identity: all such would be one',
    Buffer.from('{"events":[{"type":"thing","id":""}]}'),
    '',
    'its key is empty',
  ],
  ['has an event without a type', Buffer.from('{"events":[{"type":"","id":"e1"}]}'), '', 'its type is empty'],
])('says of a body that it %s', (_, body, encoding, unreadable) => {
  expect(read(body, encoding)).toEqual<ReadResult>({ unreadable });
});

it('names an unreadable request after its bytes', () => {
  const event = unreadableEvent(Buffer.from('abc'));

  expect(event).toMatchObject({
    type: 'unreadable',
    key: 'unreadable:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});
