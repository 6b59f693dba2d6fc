import { expect, it } from 'vitest';
import { decodeEnvelope, encodeEnvelope } from '../../functions/core/envelope.ts';
import { envelope } from './given.ts';

it('reads what it wrote', () => {
  expect(decodeEnvelope(encodeEnvelope(envelope()))).toEqual(envelope());
});

it('writes nothing that SQS refuses, whatever a vendor calls an event', () => {
  const odd = envelope({
    key: '\ufffe',
    type: 'a\uffff\0',
    eventId: '\ud800',
    headers: { 'x-topic': '\x1b\u{10ffff}' },
  });

  const text = encodeEnvelope(odd);

  // The characters of XML 1.0, as the reference of SendMessage lists them.
  expect(text).toMatch(/^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
  expect(decodeEnvelope(text)).toEqual(odd);
});

const broken = (changes: Record<string, unknown>) => JSON.stringify({ ...envelope(), ...changes });

it.each([
  ['hello', 'the message is not JSON'],
  ['null', 'the message is not a JSON object'],
  ['[]', 'envelope version undefined is not 1'],
  [broken({ v: 2 }), 'envelope version 2 is not 1'],
  [broken({ acceptId: undefined }), 'envelope field acceptId is missing or of the wrong type'],
  [broken({ publishedAt: '2026' }), 'envelope field publishedAt is missing or of the wrong type'],
  [broken({ body: undefined }), 'the envelope has neither body nor object'],
])('says what is wrong with %s', (text, problem) => {
  expect(decodeEnvelope(text)).toEqual({ problem });
});

it('takes an object in place of a body', () => {
  expect(decodeEnvelope(broken({ body: undefined, object: 'bodies/1' }))).toMatchObject({ object: 'bodies/1' });
});
