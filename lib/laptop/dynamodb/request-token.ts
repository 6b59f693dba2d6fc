import { createHash } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { Disk } from './disk.ts';
import type { Draft } from './draft.ts';
import { tokenPrefix, within } from './rows.ts';

type Finished = { digest: string; expiresAtEpochMs: number };

const rememberedMs = 10 * 60_000;

/**
 * A `ClientRequestToken` makes a transaction idempotent for ten minutes after it was finished.
 *
 * @see Amazon DynamoDB API Reference, TransactWriteItems
 */
export function requestToken(disk: Disk, token: string, request: string, nowEpochMs: number) {
  const row = tokenPrefix + token;
  const digest = createHash('sha256').update(request).digest('base64');
  return {
    /** @throws IdempotentParameterMismatchException when the token was used for another request. */
    isFinished(): boolean {
      const finished = parse(disk.latest(row));
      if (!finished || finished.expiresAtEpochMs <= nowEpochMs) return false;
      if (finished.digest !== digest) throw mismatch();
      return true;
    },
    finish({ changes }: Draft) {
      const finished: Finished = { digest, expiresAtEpochMs: nowEpochMs + rememberedMs };
      changes.set(row, JSON.stringify(finished));
    },
  };
}

/** Forgets the tokens whose ten minutes are over. */
export async function forgetTokens(disk: Disk, nowEpochMs: number): Promise<void> {
  for await (const [row, value] of disk.entries(within(tokenPrefix))) {
    if (parse(value)!.expiresAtEpochMs <= nowEpochMs) disk.stage(new Map([[row, null]]));
  }
}

const parse = (row: string | undefined) => (row === undefined ? undefined : (JSON.parse(row) as Finished));

const mismatch = () =>
  new AwsError('IdempotentParameterMismatchException', 'The token was used for a request with other parameters.');
