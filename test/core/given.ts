/** What the tests of the core have in common: a small source, a small target, rows, envelopes, and a whole flow at work. */

import { z } from 'zod';
import type { Message } from '../../functions/core/claim.ts';
import { deliverBatch } from '../../functions/core/deliver.ts';
import type { Envelope } from '../../functions/core/envelope.ts';
import { type Flow, flow } from '../../functions/core/flow.ts';
import { Fuse } from '../../functions/core/fuse.ts';
import { createGate } from '../../functions/core/gate.ts';
import type { DeliverPorts } from '../../functions/core/handle.ts';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import type { Timing } from '../../functions/core/names.ts';
import { type SourceDefinition, source } from '../../functions/core/source.ts';
import { operation, target } from '../../functions/core/target.ts';
import { SHEET } from '../fixtures/sheet.ts';
import { memoryEchoes } from '../memory/echoes.ts';
import { memoryEntities } from '../memory/entities.ts';
import { memoryLedger } from '../memory/ledger.ts';
import {
  answered,
  memoryBodies,
  memoryClock,
  memoryHttp,
  memoryRandom,
  memorySecrets,
  memoryTelemetry,
} from '../memory/others.ts';
import { memoryParks } from '../memory/parks.ts';
import { memoryQueues, messageOf } from '../memory/queues.ts';

export const START = '2026-11-20T00:00:00Z';
export const startMs = Date.parse(START);
export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** What a target says, or does not. */
export const fine = answered(200, { id: 'crm-1' });
export const down = answered(503, 'down for maintenance');
export const invalid = answered(422, { message: 'no such field' });
export const reset = { kind: 'unknown', reason: 'ECONNRESET' } as const;
/** What a service of ours says that is away. */
export const gone = new Error('the service does not answer');

const Connection = z.object({ token: z.string() });
const common = {
  input: z.object({ text: z.string().default('') }),
  sample: { input: { text: '' }, result: { id: '1' } },
  result: ({ body }: { body: Buffer }) => z.object({ id: z.string() }).parse(JSON.parse(body.toString())),
};
const post = (path: string) => (input: unknown, context: { idempotencyKey: string }) => ({
  method: 'POST' as const,
  path,
  headers: { 'idempotency-key': context.idempotencyKey },
  body: JSON.stringify(input),
});

/** One operation of each kind: `upsert`, `charge` (key), `find` (lookup) and `notify` (none). */
export const crm = target({
  kind: 'crm',
  connection: Connection,
  baseUrl: () => 'https://crm.example',
  auth: { scheme: 'headers', headers: ({ token }) => ({ authorization: token }) },
  limit: { requests: 10, perMs: 1_000 },
  sandbox: { token: 't' },
  operations: {
    upsert: operation<z.output<typeof Connection>>()({
      ...common,
      repeatable: { by: 'upsert' },
      request: post('/upsert'),
    }),
    charge: operation<z.output<typeof Connection>>()({
      ...common,
      repeatable: { by: 'key', keyLifetimeHours: 24 },
      request: post('/charge'),
    }),
    find: operation<z.output<typeof Connection>>()({
      ...common,
      repeatable: { by: 'lookup', settleMs: 300_000 },
      request: post('/find'),
      lookUp: {
        request: (_input, { deliveryId }) => ({ method: 'GET', path: `/found?by=${deliveryId}` }),
        result: ({ body }) => (JSON.parse(body.toString()) as { results: { id: string }[] }).results[0],
      },
    }),
    notify: operation<z.output<typeof Connection>>()({
      ...common,
      repeatable: { by: 'none' },
      request: post('/notify'),
    }),
  },
})('crm');

/** Bodies are `{ events: [{ id, type }] }` or anything else, which is one event of type `thing`; `bad` cannot be read. */
export const shopDefinition: SourceDefinition<{ secret: string }, 'thing' | 'other'> = {
  kind: 'shop',
  sheet: SHEET,
  connection: z.object({ secret: z.string() }),
  proof: 'signature',
  methods: ['POST', 'GET'],
  types: {
    thing: { shape: 'state', sample: () => ({}) },
    other: { shape: 'state', sample: () => ({}) },
  },
  answerWithinMs: 5_000,
  carries: ['x-topic'],
  verify: ({ headers }, { secrets }) =>
    headers['x-signature'] === undefined
      ? 'missing-header'
      : secrets.some(({ secret }) => secret === headers['x-signature'])
        ? 'valid'
        : 'bad-signature',
  read({ body }) {
    const value = JSON.parse(body.toString());
    const plain = { eventId: null, occurredAt: null, entityId: null };
    if (!Array.isArray(value.events)) return { events: [{ ...plain, type: 'thing', key: String(value.id ?? 'k1') }] };
    return {
      events: value.events.map((event: { id: string; type: string }) => ({
        ...plain,
        type: event.type,
        key: event.id,
        part: Buffer.from(JSON.stringify(event)),
      })),
    };
  },
  sign: () => ({ headers: {} }),
};
export const shop = source(shopDefinition)('shop');

export const flowOf = (
  run: (step: Parameters<Flow['run']>[1]['step'], payload: unknown) => ReturnType<Flow['run']>,
  options: { ifUnknown?: 'stop' | 'repeat' | 'drop'; when?: (event: Envelope) => boolean } = {},
): Flow =>
  flow({
    purpose: 'A test.',
    owner: 'tests',
    from: shop,
    types: ['thing'],
    payload: z.unknown(),
    to: [crm.upsert, crm.charge, crm.find, { operation: crm.notify, ifUnknown: options.ifUnknown ?? 'stop' }],
    order: 'any',
    ...(options.when && { when: options.when }),
    run: (payload, { step }) => run(step as never, payload) as never,
  });

export const envelope = (changes: Partial<Envelope> = {}): Envelope => ({
  v: 1,
  acceptId: 'accept-1',
  publishedAt: startMs,
  acceptedAt: startMs,
  generation: 0,
  flow: 'orders',
  source: 'shop',
  type: 'thing',
  key: 'k1',
  eventId: null,
  occurredAt: null,
  sequence: null,
  entityId: null,
  contentType: 'application/json',
  contentEncoding: '',
  headers: {},
  body: Buffer.from('{"id":"k1"}').toString('base64'),
  ...changes,
});

export const message = (changes: Partial<Message> = {}): Message => ({
  messageId: 'message-1',
  receiptHandle: 'receipt-1',
  body: '',
  receiveCount: 1,
  sentAt: startMs,
  ...changes,
});

export const deliveryRow = (changes: Partial<DeliveryRow> = {}): DeliveryRow => ({
  flow: 'orders',
  source: 'shop',
  key: 'k1',
  state: 'delivering',
  acceptId: 'accept-1',
  messageId: 'message-1',
  token: 'token-1',
  generation: 0,
  type: 'thing',
  eventId: null,
  entityId: null,
  acceptedAt: startMs,
  messageExpiresAt: startMs + 14 * DAY,
  firstClaimedAt: startMs,
  cycle: 1,
  cycleCause: 'first',
  cycleStartedAt: startMs,
  attempts: 0,
  attemptsTotal: 0,
  tries: 0,
  crashes: 0,
  round: 0,
  claimedAt: startMs,
  runHash: 'hash-1',
  ...changes,
});

/** A flow's deliver function on in-memory ports, and a queue that receives by hand. */
export function hub(
  flowUnderTest: Flow,
  options: { answers?: Parameters<typeof memoryHttp>; timing?: Timing; numbers?: number[]; pace?: number } = {},
) {
  const clock = memoryClock(START);
  const ledger = memoryLedger();
  const entities = memoryEntities(ledger);
  const echoes = memoryEchoes();
  const queues = memoryQueues(clock);
  const network = memoryHttp(...(options.answers ?? [answered(200, { id: 'crm-1' })]));
  const bodies = memoryBodies();
  const telemetry = memoryTelemetry();
  const secrets = memorySecrets({ 'target/crm': [{ token: 't' }] });
  const { parks, held } = memoryParks();
  const { timing = 'normal', pace = Number.POSITIVE_INFINITY } = options;
  const gatePorts = { parks, clock, telemetry: telemetry.telemetry };
  const ports: DeliverPorts = {
    gate: createGate({ flow: flowUnderTest, flowName: 'orders', timing, pace: { crm: pace } }, gatePorts),
    clock,
    random: memoryRandom(options.numbers),
    ledger: ledger.ledger,
    entities: entities.entities,
    echoes: echoes.echoes,
    fuse: new Fuse(),
    queues: queues.queues,
    http: network.http,
    bodies: bodies.bodies,
    telemetry: telemetry.telemetry,
    secrets: secrets.secrets,
  };
  const deliver = (messages: Message[], invocation: { remainingMs?: number; ports?: Partial<DeliverPorts> } = {}) =>
    deliverBatch(
      messages,
      {
        flow: flowUnderTest,
        flowName: 'orders',
        timing,
        startedAt: clock.now(),
        deadline: clock.now() + (invocation.remainingMs ?? 30_000),
      },
      { ...ports, ...invocation.ports },
    );
  return {
    ...{ clock, ports, deliver, queues, bodies, telemetry, ledger, entities, echoes, parks, held },
    sent: network.sent,
    /** The calls' paths, in order. */
    calls: () => network.sent.map(({ url }) => new URL(url).pathname),
    row: (): DeliveryRow => [...ledger.rows.values()][0]!,
    /** Seconds that this copy was last hidden for. */
    hiddenFor: (copy: Message) => queues.visibility.get(copy.receiptHandle),
    accepted: (changes: Partial<Envelope> = {}) =>
      messageOf(
        JSON.stringify(envelope({ publishedAt: clock.now(), acceptedAt: clock.now(), ...changes })),
        clock.now(),
      ),
  };
}
