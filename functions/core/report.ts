import type { Message } from './claim.ts';
import { deliveryId } from './delivery-id.ts';
import { type DeliveryRow, isFinal } from './ledger.ts';
import { METRICS } from './names.ts';
import type { Clock, Telemetry } from './ports.ts';

const METRIC_OF: Readonly<Record<string, string>> = {
  delivered: METRICS.delivered,
  skipped: METRICS.skipped,
  superseded: METRICS.skipped,
  discarded: METRICS.skipped,
  waiting: METRICS.waited,
  stopped: METRICS.stopped,
  unknown: METRICS.unknown,
};

/** Counts a try and writes its one wide line: every id, the outcome, what comes next. Never a body. */
export function report(
  row: DeliveryRow,
  message: Message,
  { telemetry, clock }: { telemetry: Telemetry; clock: Clock },
): void {
  const failed = !isFinal(row.state);
  telemetry.count(METRIC_OF[row.state] ?? row.state);
  if (row.state === 'delivered') telemetry.milliseconds(METRICS.freshnessMs, clock.now() - row.acceptedAt);
  if (failed && row.errorClass === 'auth') telemetry.count(METRICS.authFailed);
  if (failed && row.errorClass === 'bug') telemetry.count(METRICS.bug);
  telemetry.log(failed ? 'warn' : 'info', 'attempt', {
    deliveryId: deliveryId(row),
    acceptId: row.acceptId,
    messageId: row.messageId,
    state: row.state,
    cycle: row.cycle,
    attempts: row.attempts,
    receives: message.receiveCount,
    durationMs: clock.now() - (row.claimedAt ?? clock.now()),
    ...(failed && { errorClass: row.errorClass, code: row.code, error: row.message, fingerprint: row.fingerprint }),
    ...(row.reason !== undefined && { reason: row.reason }),
    ...(row.notBefore !== undefined && { notBefore: new Date(row.notBefore).toISOString() }),
  });
}
