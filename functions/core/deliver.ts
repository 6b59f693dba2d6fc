/**
 * A batch of a flow's messages in, the ones that must come back out.
 *
 * Messages run in sequence; one whose last worker died runs last and alone. The order on a wait is ledger, visibility,
 * report: whatever breaks in between, the message comes back and the row is right.
 */
import { isLastReceive } from './backoff.ts';
import type { Message } from './claim.ts';
import { type DeliverPorts, handBack, handle, type Invocation, LEAVE, type Verdict } from './handle.ts';
import { QUEUE } from './names.ts';

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
    const verdict = await handle(message, invocation, ports, messages.length === 1);
    if (verdict === 'suspect') suspects.push(message);
    else await settle(message, verdict);
  }
  for (const [index, message] of suspects.entries()) {
    const now = index === 0 || isLastReceive(message.receiveCount);
    const verdict = now ? await handle(message, invocation, ports, true) : handBack(message, invocation, ports);
    await settle(message, verdict === 'suspect' ? LEAVE : verdict);
  }
  return kept;
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
