import type { Action, Data, Store } from 'dynalite/db/index.js';

/** What an action answers; batches and transactions add up the capacity. */
export type Output = { ConsumedCapacity?: { CapacityUnits: number; TableName: string }; [name: string]: unknown };

/**
 * Runs one of dynalite's actions to its end, in this turn of the event loop: the store answers every callback at once.
 *
 * @throws The action's error, and whatever a bug in dynalite throws: it never escapes into a callback nobody guards.
 */
export function runAction(action: Action, store: Store, data: Data): Output {
  let result: { error: Error | null | undefined; output: Output } | undefined;
  action(store, data, (error, output) => {
    result = { error, output: (output ?? {}) as Output };
  });
  if (!result) throw new Error('dynalite put off its answer');
  if (result.error) throw result.error;
  return result.output;
}
