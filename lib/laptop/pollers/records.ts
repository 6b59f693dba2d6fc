import { maxPayloadBytes } from '../lambda/runtime-api.ts';
import type { MessageAttribute, ReceivedMessage } from './ports.ts';

/** A record of an SQS event. */
export type SqsRecord = {
  messageId: string;
  receiptHandle: string;
  body: string;
  attributes: Record<string, string>;
  messageAttributes: Record<string, object>;
  md5OfMessageAttributes?: string;
  md5OfBody: string;
  eventSource: 'aws:sqs';
  eventSourceARN: string;
  awsRegion: string;
};

const before = '{"Records":[';
const after = ']}';

/**
 * One message in the form in which Lambda gives it to a function.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function toRecord(message: ReceivedMessage, queueArn: string): SqsRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: { ...message.Attributes } as Record<string, string>,
    messageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, toRecordAttribute(value)])),
    ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}

/** The list values are reserved by SQS and always empty. */
function toRecordAttribute({ DataType = 'String', StringValue, BinaryValue }: MessageAttribute): object {
  const binary =
    typeof BinaryValue === 'string' ? BinaryValue : BinaryValue && Buffer.from(BinaryValue).toString('base64');
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(binary !== undefined && { binaryValue: binary }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}

/** Records that go to the function in one invocation, and its payload. */
export type Batch = { records: SqsRecord[]; payload: Buffer };

/**
 * Batches of records in their order, each as large as a payload of 6 MB with its metadata allows.
 *
 * A record that is larger alone (a full message of mostly escaped characters) makes a batch of its own, which the
 * invocation then refuses.
 */
export function toBatches(records: SqsRecord[]): Batch[] {
  const batches: { records: SqsRecord[]; texts: string[]; bytes: number }[] = [];
  for (const record of records) {
    const text = JSON.stringify(record);
    const bytes = Buffer.byteLength(text) + 1;
    const last = batches.at(-1);
    if (last && last.bytes + bytes <= maxPayloadBytes) {
      last.records.push(record);
      last.texts.push(text);
      last.bytes += bytes;
    } else batches.push({ records: [record], texts: [text], bytes: before.length + after.length + bytes });
  }
  return batches.map(({ records, texts }) => ({ records, payload: Buffer.from(before + texts.join(',') + after) }));
}
