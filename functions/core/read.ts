import { createHash } from 'node:crypto';
import { UNREADABLE } from './envelope.ts';
import { redact } from './redact.ts';
import type { AnySource, Headers, ReadResult, SourceEvent } from './source.ts';
import { unpack } from './unpack.ts';

/**
 * Splits a verified body into events; whatever goes wrong, it is `unreadable` with the reason, never a throw: a verified
 * request must not be lost because we cannot read it yet.
 */
export function readEvents(
  definition: AnySource,
  received: { headers: Headers; body: Buffer; contentEncoding: string; acceptedAt: number },
): ReadResult {
  try {
    const body = unpack(received.body, received.contentEncoding);
    const { headers, acceptedAt } = received;
    const read = definition.read({ headers, body, acceptedAt });
    const problem = 'events' in read ? (missing(read) ?? read.events.map(problemOf).find((found) => found)) : undefined;
    return problem ? { unreadable: problem, ...counted(read) } : read;
  } catch (error) {
    return { unreadable: reasonOf(error) };
  }
}

/** Far above what vendors use; what is longer would fit neither a message nor a ledger row. */
const MAX_IDENTITY_LENGTH = 1_000;

const counted = ({ items }: ReadResult) => (items === undefined ? {} : { items });

/** As many events as the batch has items: one too few is an event lost in silence. */
function missing({ events, items }: Extract<ReadResult, { events: unknown }>): string | undefined {
  if (items === undefined || items === events.length) return undefined;
  return `its ${items} items became ${events.length} events`;
}

function problemOf(event: SourceEvent): string | undefined {
  if (event.type === UNREADABLE) return `event type '${UNREADABLE}' is ours`;
  const { type, key, eventId, occurredAt, sequence, entityId } = event;
  if (key === '' || type === '') return `its ${key === '' ? 'key' : 'type'} is empty`;
  const fields = Object.entries({ type, key, eventId, occurredAt, sequence, entityId });
  const [name] = fields.find(([, value]) => (value?.length ?? 0) > MAX_IDENTITY_LENGTH) ?? [];
  return name && `its ${name} is longer than ${MAX_IDENTITY_LENGTH} characters`;
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
