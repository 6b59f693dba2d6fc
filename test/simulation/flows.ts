/** A plan's flows as the real thing: a source, targets with three operations each, and a flow for every deployed version. */

import { type Flow, flow, skip } from '../../functions/core/flow.ts';
import { type Source, type SourceDefinition, source } from '../../functions/core/source.ts';
import type { StandardSchema } from '../../functions/core/standard-schema.ts';
import { type Call, operation, target } from '../../functions/core/target.ts';
import { SHEET } from '../fixtures/sheet.ts';
import { type FlowPlan, type Plan, type RecordPlan, troubleAt, type VendorPlan, type Version } from './plan.ts';
import type { Chance } from './random.ts';

export const SOURCE = 'shop';

/** Everything is as it should be: what schemas refuse is tested elsewhere. */
const anything = <Value>(): StandardSchema<Value> => ({
  '~standard': { version: 1, vendor: 'simulation', validate: (value) => ({ value: value as Value }) },
});

type Connection = { token: string };
type Input = { logical: string; record?: RecordPlan | undefined };
type Result = { id: string };

export const LIMIT_PER_SECOND = 10;
const PATHS = { upsert: '/upsert', key: '/key', lookup: '/lookup', none: '/none' } as const;

const part = (by: keyof typeof PATHS) => ({
  input: anything<Input>(),
  sample: { input: { logical: '' } as Input, result: { id: '' } },
  request: ({ logical, record }: Input, { idempotencyKey }: { idempotencyKey: string }) => ({
    method: 'POST' as const,
    path: PATHS[by],
    headers: { 'idempotency-key': idempotencyKey, 'x-logical': logical },
    ...(record && { body: JSON.stringify(record) }),
  }),
  result: ({ body }: { body: Buffer }): Result => JSON.parse(body.toString()),
});

const NOTHING: RecordPlan = { entity: '', fields: {} };
const writes = ({ record = NOTHING }: Input) => record;

/** Asks for what a call has made, where vendors can tell. */
const lookUp = {
  request: ({ logical }: Input) => ({ method: 'GET' as const, path: '/found', headers: { 'x-logical': logical } }),
  result: ({ body }: { body: Buffer }): Result | undefined => JSON.parse(body.toString()).results[0],
};

/** What a probe asks for: nothing's. */
export const PROBE = 'probe';
const probe = { request: () => ({ method: 'GET' as const, path: '/found', headers: { 'x-logical': PROBE } }) };

const vendorTarget = (name: string, { keyLifetimeHours, settleMs, hasProbe }: VendorPlan) =>
  target({
    kind: 'vendor',
    connection: anything<Connection>(),
    baseUrl: () => `https://${name}`,
    auth: { scheme: 'headers', headers: ({ token }: Connection) => ({ authorization: token }) },
    limit: { requests: LIMIT_PER_SECOND, perMs: 1_000 },
    ...(hasProbe && { probe }),
    sandbox: {},
    operations: {
      upsert: operation<Connection>()({ ...part('upsert'), repeatable: { by: 'upsert' }, writes }),
      key: operation<Connection>()({ ...part('key'), repeatable: { by: 'key', keyLifetimeHours } }),
      lookup: operation<Connection>()({ ...part('lookup'), repeatable: { by: 'lookup', settleMs }, lookUp }),
      none: operation<Connection>()({ ...part('none'), repeatable: { by: 'none' } }),
    },
  })(name);

/** Ids of a request's events travel in a header, so that a body may be as large as it likes. */
export const EVENTS_HEADER = 'x-events';

const sourceDefinition = (
  isBroken: boolean,
  { events: about, retries }: Plan,
): SourceDefinition<Connection, 'a' | 'b'> => ({
  kind: SOURCE,
  sheet: SHEET,
  proof: 'signature',
  connection: anything<Connection>(),
  methods: ['POST'],
  carries: [EVENTS_HEADER],
  types: { a: { shape: 'state', sample: () => ({}) }, b: { shape: 'state', sample: () => ({}) } },
  answerWithinMs: 5_000,
  retries,
  verify: () => 'valid',
  read({ headers }) {
    if (isBroken) throw new Error('the reader of this deploy is broken');
    const ids = String(headers[EVENTS_HEADER]).split(',');
    const events = ids.map((id) => ({
      ...{ type: id[0]!, key: id, eventId: id },
      ...about[numberOf(id)]!,
      ...(ids.length > 1 && { part: Buffer.from(id) }),
    }));
    return { events };
  },
  payload(body) {
    const id = body.toString('latin1', 0, 40).split(' ')[0]!;
    if (id.includes('p')) throw new Error('not a payload');
    return id;
  },
  sign: () => ({ headers: {} }),
});

export const numberOf = (key: string) => Number(key.replace(/\D/g, ''));
export const isUnwanted = ({ unwanted }: Version, key: string) => unwanted.includes(numberOf(key) % 10);

export type BuiltFlows = ReturnType<typeof buildFlows>;

export function buildFlows(plan: Plan, chance: Chance) {
  const readable = source(sourceDefinition(false, plan))(SOURCE);
  const unreadable = source(sourceDefinition(true, plan))(SOURCE);
  const sourceAt = (now: number): Source => (troubleAt(plan.readerBroken, now) ? unreadable : readable);
  const targets = plan.vendors.map((vendor, index) => vendorTarget(`vendor${index}`, vendor));
  const built = new Map<string, Flow>();
  const flowAt = (flowPlan: FlowPlan, now: number): { flow: Flow; version: Version } => {
    const version = flowPlan.versions.findLast(({ from }) => from <= now) ?? flowPlan.versions[0]!;
    const from = sourceAt(now);
    const id = `${flowPlan.name} ${flowPlan.versions.indexOf(version)} ${from === readable}`;
    // The functions' text is the same for all versions.
    const known = built.get(id) ?? { ...buildFlow(flowPlan, version, { plan, from, targets, chance }), runHash: id };
    built.set(id, known);
    return { flow: known, version };
  };
  const isBroken = (one: Source) => one === unreadable;
  return { sourceAt, isBroken, flowAt, targets };
}

export const logicalOf = (deliveryId: string, index: number) => `${deliveryId} ${index}`;

type Surroundings = {
  readonly plan: Plan;
  readonly from: Source;
  readonly targets: readonly ReturnType<typeof vendorTarget>[];
  readonly chance: Chance;
};

function buildFlow(plan: FlowPlan, version: Version, { plan: { events }, from, targets, chance }: Surroundings): Flow {
  const { operations, echo } = plan;
  const recordOf = (key: string): RecordPlan | undefined => {
    const { entityId, fields } = events[numberOf(key)]!;
    return echo === undefined || entityId === null || !fields ? undefined : { entity: entityId, fields };
  };
  return flow({
    purpose: 'A simulated flow.',
    owner: 'tests',
    from,
    types: plan.types as 'any',
    payload: anything<string>(),
    freshness: plan.freshness,
    order: plan.order,
    to: operations.map(({ vendor, by, ifUnknown }) => {
      const { none, ...others } = targets[vendor]!;
      return by === 'none' ? { operation: none, ifUnknown } : others[by];
    }),
    ...(version.unwanted.length > 0 && { when: (event: { key: string }) => !isUnwanted(version, event.key) }),
    ...(echo !== undefined && { echo: { target: targets[echo]!, of: recordOf } }),
    async run(_payload, { step, event, deliveryId }) {
      if (chance.is(version.throws)) throw new TypeError('a bug of this deploy');
      if (version.skips.includes(numberOf(event.key) % 10) || chance.is(plan.fickle)) return skip('not of interest');
      const record = recordOf(event.key);
      const calls = operations.map(({ vendor, by }, index): Call => {
        return targets[vendor]![by]({ logical: logicalOf(deliveryId, index), record });
      });
      const ask = async ({ name, was }: Version['steps'][number], index: number) => {
        const asked = step(name, calls[index] as never, was.length > 0 ? { was } : {});
        await (plan.swallows ? asked.catch(() => {}) : asked);
      };
      if (plan.parallel) await Promise.all(version.steps.map(ask));
      else for (const [index, one] of version.steps.entries()) await ask(one, index);
      return calls.at(-1) as never;
    },
  });
}
