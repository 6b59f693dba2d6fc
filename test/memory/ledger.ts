import { ledgerKey } from '../../functions/core/delivery-id.ts';
import type { DeliveryRow, StepRow, TryRow } from '../../functions/core/ledger.ts';
import type { Ledger } from '../../functions/core/ports.ts';

/** The ledger in memory, with what it holds laid open for assertions. */
export function memoryLedger() {
  const rows = new Map<string, DeliveryRow>();
  const steps = new Map<string, Map<string, StepRow>>();
  const tries: TryRow[] = [];
  const writes: string[] = [];
  const ledger: Ledger = {
    async read(address) {
      const key = ledgerKey(address);
      return { row: rows.get(key), steps: [...(steps.get(key)?.values() ?? [])] };
    },
    async write(row, previousToken, failedTry) {
      const key = ledgerKey(row);
      const stored = rows.get(key);
      if (stored?.token === row.token) return { written: true };
      if (stored?.token !== previousToken) return { written: false, stored };
      rows.set(key, row);
      if (failedTry) tries.push(failedTry);
      writes.push(row.state);
      return { written: true };
    },
    async writeStep(step) {
      const key = ledgerKey(step);
      const known = steps.get(key) ?? new Map<string, StepRow>();
      const stored = known.get(step.step);
      if (stored && stored.cycleStartedAt >= step.cycleStartedAt && stored.token !== step.token) return false;
      steps.set(key, known.set(step.step, step));
      writes.push(`step ${step.step}`);
      return true;
    },
  };
  return { ledger, rows, steps, tries, writes };
}
