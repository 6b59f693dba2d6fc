import { DeliveryError, reach } from './delivery-error.ts';
import type { Envelope } from './envelope.ts';
import type { Flow } from './flow.ts';
import { CALL_ABORT_MARGIN_MS, INGEST_TIMEOUT_MS } from './names.ts';
import { type PublishPorts, publish } from './publish.ts';
import { readEvents } from './read.ts';
import type { Source } from './source.ts';

/**
 * Reads a request again that could not be read when it was accepted; what it holds goes to this flow's queue, as events
 * of their own.
 *
 * @returns How many events were published.
 * @throws DeliveryError `validation` when it still cannot be read; Unreachable when the queue is.
 */
export async function republish(
  work: { flow: Flow; source: Source; envelope: Envelope; body: Buffer; deadline: number },
  ports: PublishPorts,
): Promise<number> {
  const { flow, source, envelope, body } = work;
  const read = readEvents(source.definition, { ...envelope, body });
  if ('unreadable' in read) {
    throw new DeliveryError('validation', 'unreadable', `the request could not be read: ${read.unreadable}`);
  }
  const { types } = flow;
  const wanted = read.events.filter(({ type }) => types === 'any' || types.includes(type));
  // No longer than ingest may take: by that, copies of a message are told from redrives.
  const deadline = Math.min(work.deadline - CALL_ABORT_MARGIN_MS, ports.clock.now() + INGEST_TIMEOUT_MS);
  const publication = { ...envelope, body, events: wanted };
  await reach('queue', () => publish(publication, () => [envelope.flow], ports, deadline));
  return wanted.length;
}
