import type { Output } from './run-action.ts';

/**
 * `ConsumedCapacity` of a request over several items: one entry a table, absent unless the request asked for it.
 *
 * @param factor 2 in a transaction, which reads or writes each item twice.
 */
export function addUpCapacity(outputs: Output[], factor = 1) {
  const units = new Map<string, number>();
  for (const { ConsumedCapacity: consumed } of outputs) {
    if (!consumed) continue;
    units.set(consumed.TableName, (units.get(consumed.TableName) ?? 0) + consumed.CapacityUnits * factor);
  }
  if (units.size === 0) return {};
  return { ConsumedCapacity: Array.from(units, ([TableName, CapacityUnits]) => ({ TableName, CapacityUnits })) };
}
