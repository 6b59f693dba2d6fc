import { createHash } from 'node:crypto';
import { UNREADABLE } from './envelope.ts';
import { redact } from './redact.ts';
import type { Headers, ReadResult, SourceDefinition, SourceEvent } from './source.ts';
import { unpack } from './unpack.ts';

/**
 * Splits a verified body into events; whatever goes wrong, it is `unreadable` with the reason, never a throw: a verified
 * request must not be lost because we cannot read it yet.
 */
export function readEvents(
  definition: SourceDefinition<unknown, string>,
  received: { headers: Headers; body: Buffer; contentEncoding: string },
): ReadResult {
  try {
    const body = unpack(received.body, received.contentEncoding);
    const read = definition.read({ headers: received.headers, body });
    const reserved = 'events' in read && read.events.some(({ type }) => type === UNREADABLE);
    return reserved ? { unreadable: `event type '${UNREADABLE}' is ours` } : read;
  } catch (error) {
    return { unreadable: reasonOf(error) };
  }
}

/** JSON's own messages quote the body, which belongs into no log. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'the body is not valid JSON';
  return redact(error instanceof Error ? error.message : String(error));
}

/** The event that stands for a verified request which could not be read. */
export function unreadableEvent(body: Buffer): SourceEvent {
  const hash = createHash('sha256').update(body).digest('hex');
  return { type: UNREADABLE, key: `${UNREADABLE}:${hash}`, eventId: null, occurredAt: null, entityId: null };
}
