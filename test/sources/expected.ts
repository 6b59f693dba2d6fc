/** What a vector asks for, against what `judgeVector` says of it. */
import type { HttpAnswer } from '../../functions/core/source.ts';
import { sources } from '../../functions/sources/index.ts';
import { settingOf } from '../../lib/ops/vectors/schemes.ts';
import type { ExpectedEvent, Vector } from '../../lib/ops/vectors/vector.ts';

/** Whether the shelf has the connector of a vector's scheme. */
export function isOnShelf(vector: Vector): boolean {
  try {
    return Object.hasOwn(sources, settingOf(vector).source.definition.kind);
  } catch {
    return false;
  }
}

/**
 * The events that a vector asks for; some name only the id and the type of their one event, and handshakes have none. What a
 * vector says of an event besides, such as the company it belongs to, stands in the event's own bytes.
 */
export function expectedEvents({ events, eventId, eventType, expectedResponse }: Vector): Partial<ExpectedEvent>[] {
  if (events) {
    return events.map(({ eventId, eventType, occurredAt, entityId }) => ({ eventId, eventType, occurredAt, entityId }));
  }
  if (expectedResponse) return [];
  return [{ ...(eventId !== null && { eventId }), ...(eventType !== null && { eventType }) }];
}

/** What an answer must be, in the words of a vector. @returns What is wrong with it. */
export function wrongIn(answer: HttpAnswer | undefined, { expectedResponse: wanted }: Vector): string[] {
  if (!wanted) return [];
  const { status, headers = {}, body = '' } = answer ?? { status: 200 };
  const contentType = headers['content-type'] ?? '';
  const bodies = wanted.body === undefined ? [body] : [wanted.body, ...(wanted.bodyAlternatives ?? [])];
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const header = ([name, values]: [string, string | readonly string[]]) =>
    [values].flat().includes(lower[name.toLowerCase()] ?? '') ? [] : [`header ${name}: ${lower[name.toLowerCase()]}`];
  return [
    ...(status === wanted.status ? [] : [`status ${status}`]),
    ...(bodies.includes(body) ? [] : [`body ${body}`]),
    ...(body.includes(wanted.bodyContains ?? '') ? [] : [`body ${body}`]),
    ...((wanted.contentType ?? '').split(' or ').some((type) => contentType.startsWith(type)) ? [] : [contentType]),
    ...Object.entries(wanted.headers ?? {}).flatMap(header),
  ];
}
