/** What a connector of a sender of one's own is made of: a scheme, and bodies of which options say where everything is. */
import type { DataSheet } from '../../core/data-sheet.ts';
import {
  type EventType,
  type Fresh,
  type ReadResult,
  type Received,
  type Source,
  type SourceDefinition,
  source,
} from '../../core/source.ts';
import { contentKey, firstText, UNTYPED } from '../common/body.ts';
import type { BodySettings } from './options.ts';
import type { Scheme } from './schemes.ts';

export type Connector<Type extends string> = Pick<SourceDefinition<unknown, Type>, 'kind' | 'answerWithinMs'> & {
  readonly retries: boolean;
  readonly scheme: Scheme;
  /** What the scheme and the bodies do not say of themselves, or say worse. */
  readonly sheet: Omit<DataSheet, keyof Said> & Partial<Said>;
  readonly body: BodySettings;
  /** @default an example, `lead.created` */
  readonly types: Readonly<Record<Type, EventType>> | undefined;
};

type Said = Pick<DataSheet, 'needs' | 'signs' | 'window' | 'batch'>;

/** What is said of bodies that are read where they are by default. */
export const BODY_SHEET = {
  identity: '`eventId`, `event_id` or `id`, else the body’s bytes within 2 hours; options name other places',
  entity: '`entityId`, `entity_id` or `internalId`; an option names another place',
  occurredAt: '`occurredAt`, `occurred_at` or `timestamp`; an option names another place',
} as const;

/** Configures such a connector under a name. */
export function configure<Type extends string>(name: string, connector: Connector<Type>): Source<Type> {
  const { kind, answerWithinMs, retries, scheme, sheet, body, types } = connector;
  const { needs, signs, window = 'none', sends: _, ...proof } = scheme;
  return source<unknown, Type>({
    kind,
    sheet: { needs, signs, window, batch: 'one event a request', ...sheet },
    methods: ['POST'],
    answerWithinMs,
    retries,
    ...proof,
    types: typesOf(types ?? exampleTypes(body.paths), body),
    read: (received) => readBody(received, body),
  })(name);
}

/** Of a body that may have no id, or no time, no more is promised than it holds. */
function typesOf<Type extends string>(types: object, { paths, identity }: BodySettings) {
  const content = identity === 'id' ? {} : { identity: 'content' };
  const unordered = [paths.occurredAt].flat().length > 0 ? {} : { ordered: false };
  const entries = Object.entries<EventType>(types as Record<string, EventType>);
  return Object.fromEntries(
    entries.map(([type, event]) => [type, { ...event, ...content, ...unordered }]),
  ) as unknown as Readonly<Record<Type, EventType>>;
}

function readBody({ body, acceptedAt }: Received, { paths, identity }: BodySettings): ReadResult {
  const json: unknown = JSON.parse(body.toString('utf8'));
  const eventId = firstText(json, paths.id) ?? null;
  if (eventId === null && identity === 'id') {
    return { unreadable: `there is no id at ${[paths.id].flat().join(', ')}` };
  }
  return {
    events: [
      {
        type: firstText(json, paths.type) ?? UNTYPED,
        eventId,
        key: eventId ?? contentKey(body, acceptedAt, identity === 'id' ? undefined : identity.windowHours),
        occurredAt: firstText(json, paths.occurredAt) ?? null,
        entityId: firstText(json, paths.entityId) ?? null,
      },
    ],
  };
}

/** An example whose values are where the paths look first. */
function exampleTypes(paths: BodySettings['paths']): Record<'lead.created', EventType> {
  const sample = ({ id, number, now }: Fresh) => {
    const body: Record<string, unknown> = { name: 'Ada Lovelace', email: `ada.${id}@example.com` };
    const values = { id, type: 'lead.created', occurredAt: now.toISOString(), entityId: `lead-${number}` };
    for (const field of ['id', 'type', 'occurredAt', 'entityId'] as const)
      place(body, [paths[field]].flat()[0], values[field]);
    return body;
  };
  return { 'lead.created': { shape: 'state', sample } };
}

function place(body: Record<string, unknown>, path: string | undefined, value: string): void {
  const names = path?.split('.') ?? [];
  const last = names.pop();
  if (last === undefined) return;
  let inner = body;
  for (const name of names) {
    const next = typeof inner[name] === 'object' ? (inner[name] as Record<string, unknown>) : {};
    inner[name] = next;
    inner = next;
  }
  inner[last] = value;
}
