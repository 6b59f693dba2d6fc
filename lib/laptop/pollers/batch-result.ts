import type { FunctionResult } from '../lambda/result.ts';
import type { SqsRecord } from './records.ts';

/**
 * Which records of a batch are done, and so to be deleted. The others are left to the queue's visibility timeout.
 *
 * An invocation that ended in an error (a timeout too) does none of them. Without `ReportBatchItemFailures` any other
 * answer does them all. With it:
 *
 * - all: `null` or an empty answer, no `batchItemFailures`, `null` or an empty list for it;
 * - none: an answer that is no object, a list that is none, an item without `itemIdentifier` (a wrong key name), with an
 *   empty one or `null`, or with one that no message of the batch has;
 * - else: all that are not in the list.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function doneRecords(
  records: SqsRecord[],
  result: FunctionResult,
  reportBatchItemFailures: boolean,
): SqsRecord[] {
  if (result.kind === 'error') return [];
  if (!reportBatchItemFailures) return records;
  const failures = readFailures(result.payload);
  if (failures === 'malformed') return [];
  const ids = new Set(records.map(({ messageId }) => messageId));
  if (!failures.every((id) => typeof id === 'string' && ids.has(id))) return [];
  return records.filter(({ messageId }) => !failures.includes(messageId));
}

/** The item identifiers as given, whatever they are. */
function readFailures(payload: Buffer): unknown[] | 'malformed' {
  const answer = parse(payload);
  if (answer === null || answer === '') return [];
  if (typeof answer !== 'object' || Array.isArray(answer)) return 'malformed';
  const { batchItemFailures } = answer as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return [];
  if (!Array.isArray(batchItemFailures)) return 'malformed';
  return batchItemFailures.map((item: { itemIdentifier?: unknown } | null) => item?.itemIdentifier);
}

function parse(payload: Buffer): unknown {
  try {
    return payload.length === 0 ? null : JSON.parse(payload.toString('utf8'));
  } catch {
    return 'malformed';
  }
}
