/**
 * DynamoDB on the laptop: dynalite's validations, actions and expressions, our dispatcher and our writes to LevelDB.
 *
 * What dynalite alone does not have: transactions, time to live, `ReturnValuesOnConditionCheckFailure`, one batch for an
 * item and its index entries, an answer that waits for the disk. What the laptop leaves out is refused by name.
 */
import type { Clock } from '../clock.ts';
import { jsonService, type Operation } from '../json-service.ts';
import { logBug } from '../log-bug.ts';
import { AwsError, type Service } from '../service.ts';
import { toAwsError } from './check.ts';
import { createDatabase } from './database.ts';
import { openDisk } from './disk.ts';
import { operations } from './operations/index.ts';
import { sweepExpired } from './sweep-expired.ts';
import { loadTables } from './tables.ts';

/**
 * @param options.folder Made with mode 0700 when it is missing; one process at a time.
 * @param options.clock Time of expiry and of tables' creation.
 * @returns The service; `sweepExpired` deletes what has expired and answers how many items that was.
 */
export async function createDynamoDb(options: {
  folder: string;
  account: string;
  region: string;
  clock: Clock;
}): Promise<{ service: Service; sweepExpired(): Promise<number>; close(): Promise<void> }> {
  const { folder, account, region, clock } = options;
  const disk = await openDisk(folder);
  const tables = await loadTables(disk);
  await tables.clearDropped();
  const database = createDatabase({ disk, tables, clock, account, region });
  const guarded = Object.entries(operations).map(([name, operation]) => [name, guard(name, operation(database))]);
  const service = jsonService({
    name: 'dynamodb',
    jsonVersion: '1.0',
    operations: Object.fromEntries(guarded),
    close: disk.close,
  });
  return { service, sweepExpired: () => sweepExpired(database), close: disk.close };
}

/** What is no answer of DynamoDB's is a bug, ours or dynalite's: answered as its InternalServerError, and logged. */
function guard(name: string, operation: Operation): Operation {
  return async (input, caller) => {
    try {
      return await operation(input, caller);
    } catch (error) {
      const answer = toAwsError(error);
      if (answer) throw answer;
      logBug('dynamodb', name, error);
      throw new AwsError('InternalServerError', 'The emulated service failed; its log says where.', { status: 500 });
    }
  };
}
