/**
 * The only door into the queues. Fan-out happens here: one message for each flow that wants the event.
 */
import { type Envelope, encodeEnvelope } from './envelope.ts';
import { BODIES_PREFIX, MAX_INLINE_BODY_BYTES } from './names.ts';
import type { Bodies, Clock, OutgoingMessage, Queues, Random } from './ports.ts';
import type { SourceEvent } from './source.ts';

/** What the events of one request have in common. */
export type Publication = {
  readonly source: string;
  readonly acceptedAt: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The request's bytes as received. */
  readonly body: Buffer;
  readonly events: readonly SourceEvent[];
};

type StorePorts = { bodies: Bodies; clock: Clock; random: Random };
export type PublishPorts = StorePorts & { queues: Queues };

/** The messages of one request, by flow. */
export type Messages = ReadonlyMap<string, readonly OutgoingMessage[]>;

/**
 * Publishes the events of one request to the flows that want them.
 *
 * @param flowsFor Which flows want an event.
 * @param deadline Milliseconds since the epoch at which the caller must have its answer.
 * @returns How many messages were accepted by SQS: every one, or it throws.
 * @throws When any message was not accepted in time. Those that were are duplicates once the sender retries.
 */
export async function publish(
  publication: Publication,
  flowsFor: (event: SourceEvent) => readonly string[],
  ports: PublishPorts,
  deadline: number,
): Promise<number> {
  const messages = await messagesFor(publication, flowsFor, ports);
  const refused = await send(messages, ports.queues, deadline);
  if (refused) throw refused.error;
  return countOf(messages);
}

export const countOf = (messages: Messages) => [...messages.values()].reduce((sum, { length }) => sum + length, 0);

/**
 * Writes the messages, and stores bodies too large for them.
 *
 * @throws When a body could not be stored.
 */
export async function messagesFor(
  publication: Publication,
  flowsFor: (event: SourceEvent) => readonly string[],
  ports: StorePorts,
): Promise<Messages> {
  const messagesOf = new Map<string, OutgoingMessage[]>();
  const carry = bodyCarrier(publication, ports);
  for (const event of publication.events) {
    const flows = flowsFor(event);
    if (flows.length === 0) continue;
    const shared = { ...describe(publication, event), ...(await carry(event)), acceptId: ports.random.id() };
    for (const flow of flows) {
      const message = { body: encodeEnvelope({ ...shared, flow, publishedAt: ports.clock.now() }) };
      messagesOf.set(flow, [...(messagesOf.get(flow) ?? []), message]);
    }
  }
  return messagesOf;
}

/**
 * Sends every flow its messages.
 *
 * @returns The flows of which SQS did not take every message in time, and why; undefined when it took all.
 */
export async function send(
  messages: Messages,
  queues: Pick<Queues, 'send'>,
  deadline: number,
): Promise<{ messages: Messages; error: unknown } | undefined> {
  const flows = [...messages];
  const sent = await Promise.allSettled(flows.map(([flow, ofFlow]) => queues.send(flow, ofFlow, deadline)));
  const failed = sent.find((result) => result.status === 'rejected');
  if (!failed) return undefined;
  return { messages: new Map(flows.filter((_, index) => sent[index]?.status === 'rejected')), error: failed.reason };
}

type Description = Omit<Envelope, 'acceptId' | 'publishedAt' | 'flow' | 'body' | 'object'>;

function describe(publication: Publication, event: SourceEvent): Description {
  return {
    v: 1,
    acceptedAt: publication.acceptedAt,
    generation: 0,
    source: publication.source,
    type: event.type,
    key: event.key,
    eventId: event.eventId,
    occurredAt: event.occurredAt,
    sequence: event.sequence ?? null,
    entityId: event.entityId,
    contentType: publication.contentType,
    // An event's own bytes were cut out of the unpacked body.
    contentEncoding: event.part ? '' : publication.contentEncoding,
    headers: publication.headers,
  };
}

/** Small bodies travel in the message; a large one is put into the bucket, the whole request's only once. */
function bodyCarrier(publication: Publication, ports: StorePorts) {
  const objects = new Map<Buffer, Promise<string>>();
  return async (event: SourceEvent): Promise<{ body: string } | { object: string }> => {
    const bytes = event.part ?? publication.body;
    if (bytes.length <= MAX_INLINE_BODY_BYTES) return { body: bytes.toString('base64') };
    const stored = objects.get(bytes) ?? store(bytes, publication.source, ports);
    objects.set(bytes, stored);
    return { object: await stored };
  };
}

/** @returns The object in the bucket that now holds the bytes. */
export async function store(bytes: Buffer, source: string, ports: StorePorts): Promise<string> {
  const day = new Date(ports.clock.now()).toISOString().slice(0, 10);
  const object = `${BODIES_PREFIX}${day}/${source}/${ports.random.id()}`;
  await ports.bodies.put(object, bytes);
  return object;
}
