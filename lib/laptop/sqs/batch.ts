import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { AwsError } from '../service.ts';

const maxEntries = 10;

/**
 * The rules every batch shares: 1 to 10 entries with distinct ids (SQS API reference, "batch actions").
 *
 * @param entryType The API's name of an entry, for the message.
 */
export function requireBatch(entries: { Id: string }[], entryType: string): void {
  if (entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', `There should be at least one ${entryType} in the request.`);
  }
  if (entries.length > maxEntries) {
    const message = `Maximum number of entries per request are ${maxEntries}. You have sent ${entries.length}.`;
    throw new AwsError('TooManyEntriesInBatchRequest', message);
  }
  const ids = new Set<string>();
  for (const { Id } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) throw invalidId();
    if (ids.has(Id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    ids.add(Id);
  }
}

/**
 * Runs `one` for each entry; an entry the API refuses fails alone. A list that would be empty is left out: code that
 * reads `Failed` without asking whether it is there should fail here too.
 */
export function runBatch<Entry extends { Id: string }, Success>(entries: Entry[], one: (entry: Entry) => Success) {
  const successful: ({ Id: string } & Success)[] = [];
  const failed: BatchResultErrorEntry[] = [];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.Id, ...one(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return {
    Successful: successful.length > 0 ? successful : undefined,
    Failed: failed.length > 0 ? failed : undefined,
  };
}

const invalidId = () =>
  new AwsError(
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. ' +
      'It can be at most 80 letters long.',
  );
