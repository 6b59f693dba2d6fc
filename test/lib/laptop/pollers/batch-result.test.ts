import { describe, expect, test } from 'vitest';
import { doneRecords } from '../../../../lib/laptop/pollers/batch-result.ts';
import { toRecord } from '../../../../lib/laptop/pollers/records.ts';

const records = ['a', 'b', 'c'].map((id) =>
  toRecord({ MessageId: id }, 'arn:aws:sqs:eu-central-1:000000000000:orders'),
);
const ok = (answer: string) => ({ kind: 'ok' as const, payload: Buffer.from(answer) });
const done = (answer: string, report = true) =>
  doneRecords(records, ok(answer), report)
    .map(({ messageId }) => messageId)
    .join('');

describe('of a batch that reports item failures', () => {
  test.each([
    ['null', 'abc'],
    ['', 'abc'],
    ['""', 'abc'],
    ['{}', 'abc'],
    ['{"batchItemFailures":null}', 'abc'],
    ['{"batchItemFailures":[]}', 'abc'],
    ['{"batchItemFailures":[{"itemIdentifier":"b"}]}', 'ac'],
    ['{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"},{"itemIdentifier":"c"}]}', 'a'],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', ''],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}', ''],
    ['{"batchItemFailures":[{}]}', ''],
    ['{"batchItemFailures":[null]}', ''],
    ['{"batchItemFailures":[{"messageId":"b"}]}', ''],
    ['{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"unknown"}]}', ''],
    ['{"batchItemFailures":"b"}', ''],
    ['[]', ''],
    ['"done"', ''],
    ['not json', ''],
  ])('with the answer %j, these are done: %j', (answer, expected) => {
    expect(done(answer)).toBe(expected);
  });
});

test('of a batch that does not report item failures all are done, whatever the answer', () => {
  expect(done('{"batchItemFailures":[{"itemIdentifier":"b"}]}', false)).toBe('abc');
});

test.each([true, false])('of a batch whose function failed none is done (reports item failures: %s)', (report) => {
  const failed = { kind: 'error' as const, errorType: 'Sandbox.Timedout', payload: Buffer.from('{}') };

  expect(doneRecords(records, failed, report)).toEqual([]);
});
