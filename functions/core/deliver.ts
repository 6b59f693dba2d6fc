/**
 * A batch of a flow's messages in, the ones that must come back out.
 *
 * Messages run in sequence; one whose last worker died runs last and alone. Those of a parked flow go back unread. The
 * order on a wait is ledger, visibility, report: whatever breaks in between, the message comes back and the row is right.
 */
import { isLastReceive, parkedDelayMs, receiveFloorMs } from './backoff.ts';
import type { Message } from './claim.ts';
import { Unreachable } from './delivery-error.ts';
import { type DeliverPorts, handBack, handle, type Invocation, isLate, LEAVE, putOff, type Verdict } from './handle.ts';
import { METRICS, QUEUE } from './names.ts';

/** Between SQS counting a receive and our clock seeing it lies at worst a cold start. */
const RECEIVE_SLACK_SECONDS = 30;

/** @returns The ids of the messages that SQS must keep, for the partial batch response. */
export async function deliverBatch(
  messages: readonly Message[],
  invocation: Invocation,
  ports: DeliverPorts,
): Promise<string[]> {
  const kept: string[] = [];
  const suspects: Message[] = [];
  const settle = async (message: Message, verdict: Verdict) => {
    if (!verdict.keep) return;
    kept.push(message.messageId);
    await hide(message, verdict.delayMs, invocation, ports);
  };
  for (const message of messages) {
    const verdict =
      (await heldBack(message, invocation, ports)) ?? (await handle(message, invocation, ports, messages.length === 1));
    if (verdict === 'suspect') suspects.push(message);
    else await settle(message, verdict);
  }
  for (const [index, message] of suspects.entries()) {
    const now = index === 0 || isLastReceive(message.receiveCount);
    const run = () => (now ? handle(message, invocation, ports, true) : handBack(message, invocation, ports));
    const verdict = (await heldBack(message, invocation, ports)) ?? (await run());
    await settle(message, verdict === 'suspect' ? LEAVE : verdict);
  }
  return kept;
}

/**
 * What becomes of a parked flow's message: back after 15 minutes, without a look at the ledger. On its last receive it is
 * handled, so that its row says that the receives ran out; the gate lets no call pass meanwhile.
 */
async function heldBack(message: Message, invocation: Invocation, ports: DeliverPorts): Promise<Verdict | undefined> {
  const { messageId, receiveCount } = message;
  // Near its end an invocation begins nothing that might take long.
  if (isLastReceive(receiveCount) || isLate(invocation, ports)) return undefined;
  try {
    if ((await ports.gate.parked()) === undefined) return undefined;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    ports.telemetry.log('error', 'not handled', { messageId, error: error.message });
    return putOff(message, invocation, ports);
  }
  ports.telemetry.count(METRICS.parked);
  const { timing } = invocation;
  return { keep: true, delayMs: Math.max(parkedDelayMs(timing), receiveFloorMs(receiveCount, timing)) };
}

/** A visibility that cannot be changed is no loss: the message comes back when the queue's own timeout ends. */
async function hide(message: Message, delayMs: number | undefined, invocation: Invocation, ports: DeliverPorts) {
  if (delayMs === undefined) return;
  const sinceReceive = Math.ceil((ports.clock.now() - invocation.startedAt) / 1_000) + RECEIVE_SLACK_SECONDS;
  const seconds = Math.min(Math.max(0, Math.ceil(delayMs / 1_000)), QUEUE.maxVisibilitySeconds - sinceReceive);
  try {
    await ports.queues.setVisibility(invocation.flowName, message.receiptHandle, seconds);
  } catch (error) {
    ports.telemetry.log('warn', 'visibility not changed', { messageId: message.messageId, error: String(error) });
  }
}
