/** One attempt of a claimed delivery, the calls and remembered steps it may have, and the failures that come of it. */
import { expect } from 'vitest';
import { attempt } from '../../functions/core/attempt.ts';
import type { DeliveryRow, StepRow } from '../../functions/core/ledger.ts';
import type { memoryHttp } from '../memory/others.ts';
import { crm, deliveryRow, envelope, flowOf, HOUR, hub, startMs } from './given.ts';

export type Run = Parameters<typeof flowOf>[0];

export const upsert = crm.upsert({ text: 'u' });
export const charge = crm.charge({ text: 'c' });
export const notify = crm.notify({ text: 'n' });

export const stepRow = (step: string, repeatableBy: string, changes: Partial<StepRow> = {}): StepRow => ({
  ...{ flow: 'orders', source: 'shop', key: 'k1', step, repeatableBy, result: { id: `${step} of before` } },
  ...{ cycleStartedAt: startMs, generation: 0, token: 'token-0', doneAt: startMs },
  ...changes,
});

/** A claimed delivery of a flow that runs this code; `tryIt` is the attempt. */
export async function given(
  run: Run,
  options: Parameters<typeof flowOf>[1] & {
    row?: Partial<DeliveryRow>;
    steps?: StepRow[];
    answers?: Parameters<typeof memoryHttp>;
  } = {},
) {
  const flow = flowOf(run, options);
  const at = hub(flow, options.answers ? { answers: options.answers } : {});
  // Left in doubt by the code that runs now, unless the row says otherwise.
  const ambiguousRunHash = options.row?.ambiguousSince !== undefined && { ambiguousRunHash: flow.runHash };
  const row = deliveryRow({ leaseUntil: startMs + HOUR, ...ambiguousRunHash, ...options.row });
  at.ledger.rows.set('orders#shop#k1', row);
  const tryIt = (ports = {}) =>
    attempt(
      { flow, envelope: envelope(), row, steps: options.steps ?? [], deadline: at.clock.now() + 30_000 },
      { ...at.ports, ...ports },
    );
  const stored = () => [...(at.ledger.steps.get('orders#shop#k1')?.values() ?? [])];
  return { ...at, tryIt, stored };
}

export const failure = (code: string, errorClass: string) => ({
  state: 'failed',
  error: expect.objectContaining({ code, errorClass }),
});
