import { expect, test } from 'vitest';
import { toBatches, toRecord } from '../../../../lib/laptop/pollers/records.ts';

const arn = 'arn:aws:sqs:eu-central-1:000000000000:orders';

test('a record has the members that Lambda gives it', () => {
  const record = toRecord(
    {
      MessageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
      ReceiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
      Body: 'Test message.',
      MD5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      Attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1545082649183',
        SenderId: 'AIDAIENQZJOLO23YVJ4VO',
        ApproximateFirstReceiveTimestamp: '1545082649185',
      },
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'paid' },
        count: { DataType: 'Number', StringValue: '3' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
        wire: { DataType: 'Binary', BinaryValue: 'AQI=' },
      },
      MD5OfMessageAttributes: 'c48838208d2b4e14e3ca0093a8443f09',
    },
    arn,
  );

  const lists = { stringListValues: [], binaryListValues: [] };
  expect(record).toEqual({
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body: 'Test message.',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1545082649183',
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1545082649185',
    },
    messageAttributes: {
      kind: { stringValue: 'paid', ...lists, dataType: 'String' },
      count: { stringValue: '3', ...lists, dataType: 'Number' },
      bytes: { binaryValue: 'AQI=', ...lists, dataType: 'Binary' },
      wire: { binaryValue: 'AQI=', ...lists, dataType: 'Binary' },
    },
    md5OfMessageAttributes: 'c48838208d2b4e14e3ca0093a8443f09',
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: 'eu-central-1',
  });
});

test('a batch ends where its payload would exceed 6 MB', () => {
  const full = 'x'.repeat(1024 * 1024);
  const records = Array.from({ length: 7 }, (_, index) => toRecord({ MessageId: String(index), Body: full }, arn));

  const batches = toBatches(records);

  expect(batches.map(({ records }) => records.map(({ messageId }) => messageId).join(''))).toEqual(['01234', '56']);
  expect(batches.every(({ payload }) => payload.length <= 6 * 1024 * 1024)).toBe(true);
  expect(JSON.parse(batches[0]!.payload.toString('utf8'))).toEqual({ Records: records.slice(0, 5) });
});
