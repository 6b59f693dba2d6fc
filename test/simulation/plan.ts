/** What a seed decides beforehand: flows, their deploys, the vendors' and services' bad days, the load. */
import type { Order } from '../../functions/core/order.ts';
import type { IfUnknown } from '../../functions/core/target.ts';
import { Chance } from './random.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

export type OperationPlan = {
  readonly vendor: number;
  readonly by: 'upsert' | 'key' | 'lookup' | 'none';
  readonly ifUnknown: IfUnknown;
};

/** A version of a flow's code. Steps are named by their index and version. */
export type Version = {
  readonly from: number;
  /** Of each step but the last: its name, and former names. */
  readonly steps: readonly { readonly name: string; readonly was: readonly string[] }[];
  /** Events whose number ends with one of these digits are not wanted. */
  readonly unwanted: readonly number[];
  /** Those that `run` skips. */
  readonly skips: readonly number[];
  /** The bundle cannot be loaded. */
  readonly broken: boolean;
  /** How probably `run` throws before it asks for anything. */
  readonly throws: number;
};

export type FlowPlan = {
  readonly name: string;
  readonly types: readonly ('a' | 'b')[] | 'any';
  readonly freshness: 'real-time' | 'batch';
  readonly operations: readonly OperationPlan[];
  readonly order: Order;
  /** Steps are asked for at once rather than one after the other. */
  readonly parallel: boolean;
  /** The flow's code catches what its steps throw. */
  readonly swallows: boolean;
  /** How probably `run` skips whatever it is: it looks at what changes from one try to the next. */
  readonly fickle: number;
  readonly concurrency: number;
  readonly batchSize: number;
  readonly versions: readonly Version[];
  /** It writes what its events say, and skips what only echoes writes into this vendor. */
  readonly echo?: number;
};

export type Window<Kind extends string> = { readonly from: number; readonly to: number; readonly kind: Kind };

export type VendorTrouble =
  | 'down'
  | 'down after the effect'
  | 'answers lost'
  | 'unreachable'
  | 'unauthorized'
  | 'rate-limiting'
  | 'refusing'
  | 'forbidden'
  | 'redirecting';

export type VendorPlan = {
  readonly keyLifetimeHours: number;
  /** What is looked up is found at the latest so long after the call, … */
  readonly settleMs: number;
  /** … of which its index takes so long. */
  readonly indexLagMs: number;
  /** Without one its parks end by themselves. */
  readonly hasProbe: boolean;
  /** Answers a repeated key with the refusal or the 5xx it gave first, as some do. */
  readonly storesRefusals: boolean;
  readonly storesErrors: boolean;
  /** Refuses what it does not like before it looks whether it knows the key. */
  readonly checksKeysLast: boolean;
  readonly trouble: readonly Window<VendorTrouble>[];
  readonly rotatedAt: number;
};

export type Service = 'ledger' | 'queue' | 'visibility' | 'bucket' | 'secrets';
export type ServiceTrouble = 'outage' | 'throttle' | 'answers lost';

export type RequestPlan = {
  readonly at: number;
  /** Ids are `<type><number>`; `p` before the number marks a payload that cannot be decoded. */
  readonly events: readonly string[];
  readonly large: boolean;
  /** Further posts of the same request, after the vendor had its 2xx. */
  readonly again: readonly number[];
};

/** What an event is about. `rank`: which is newer than which, undefined when its vendor does not say. */
export type EventPlan = {
  readonly entityId: string | null;
  readonly rank: number | undefined;
  readonly occurredAt: string | null;
  readonly sequence?: string;
  /** What it says of its entity, where there are echoes. */
  readonly fields?: RecordPlan['fields'];
  /** Of an echo: how often in a row an echo of this change was not noticed. */
  readonly hops?: number;
};

export type RecordPlan = { readonly entity: string; readonly fields: Readonly<Record<string, string>> };

type Notation = (typeof NOTATIONS)[number];
const NOTATIONS = ['iso', 'seconds', 'milliseconds', 'sequence', 'both'] as const;

/** Probabilities of what may go wrong at any moment. */
export type Rates = Readonly<Record<(typeof RATES)[number], number>>;
export const RATES = [
  'crash before',
  'crash after',
  'port fails',
  'answer lost',
  'slow port',
  'delete lost',
  'delete of an old receipt works',
  'received twice',
  'receive lost',
  'SDK copy',
  'entry failed',
  'vendor error',
  'slow vendor',
  'ingest answer lost',
  'object missing',
  'key forgotten',
  'frozen worker',
] as const;

export type Plan = {
  readonly seed: number;
  readonly flows: readonly FlowPlan[];
  readonly vendors: readonly VendorPlan[];
  readonly services: Readonly<Record<Service, readonly Window<ServiceTrouble>[]>>;
  /** Whether the source's vendor sends again what was not answered 2xx. */
  readonly retries: boolean;
  /** The source's `read` throws. */
  readonly readerBroken: readonly Window<'broken'>[];
  readonly requests: readonly RequestPlan[];
  /** By the events' numbers. Those that echoes are come to them as they happen. */
  readonly events: EventPlan[];
  /** How their vendor writes when something happened. */
  readonly notation: Notation;
  /** Vendors that tell of writes into their records, by events of this type. */
  readonly echoes: readonly { readonly vendor: number; readonly type: 'a' | 'b' }[];
  readonly rates: Rates;
  /** Workers die at one port call in ten. */
  readonly dyingWorkers: readonly Window<'dying'>[];
  readonly maxSkewMs: number;
  /** An operator parks flows for a while. */
  readonly operatorParks: readonly { readonly from: number; readonly to: number; readonly flow: number }[];
  /** The guard does not run. */
  readonly guardAway: readonly Window<'away'>[];
  /** When an operator looks at what is unknown, and says what he sees at the target. */
  readonly resolves: readonly number[];
  /** When an operator publishes deliveries anew, and whether all of their steps are to be done again. */
  readonly edits: readonly { readonly at: number; readonly flow: number; readonly again: 'all' | readonly string[] }[];
  readonly redrives: readonly { readonly at: number; readonly flow: number; readonly which: 'all' | 'one' | 'twice' }[];
  /** A stopped message's hundred receives are all alike: the chance, after each, that it passes the middle of them at once. */
  readonly shortenedDrains: number;
  /** From here on nothing goes wrong any more, and at the end everything must have come to an end. */
  readonly calmAt: number;
  readonly endAt: number;
};

export const START = Date.parse('2026-11-20T00:00:00Z');

export function planOf(seed: number): Plan {
  const chance = new Chance(seed);
  const troubledMs = chance.is(0.06) ? chance.between(14 * DAY, 24 * DAY) : chance.magnitude(0.4 * DAY, 9 * DAY);
  const calmAt = START + troubledMs;
  const loadMs = Math.min(troubledMs * 0.8, chance.magnitude(MINUTE, 3 * DAY));
  const vendors = times(chance.integer(1, 3), () => vendorPlan(chance, troubledMs));
  const dyingWorkers = windows(chance, troubledMs, HOUR, ['dying'], 0.2);
  const ledger = windows(chance, troubledMs, 6 * HOUR, SERVICE_TROUBLE, 0.25);
  const bad = [...vendors.flatMap(({ trouble }) => trouble), ...dyingWorkers, ...ledger];
  // What concerns order is drawn from a source of its own, so that the rest of a seed's world does not depend on it.
  const orderly = new Chance(seed + 0x0de4);
  const loop = orderly.is(0.05) ? LOOP_EVENTS : 0;
  const spooling = new Chance(seed + 0x5b001);
  const retries = !spooling.is(0.25);
  const plain = times(chance.integer(1, 4), (index) =>
    maybeOrdered(flowPlan(chance, index, vendors.length, troubledMs, bad), orderly),
  );
  const echoing = new Chance(seed + 0xec40);
  const echoes = echoing.is(0.2) ? echoPlans(echoing, vendors.length) : [];
  const mirrors = echoes.map((_, index) => mirrorPlan(echoing, index, echoes, { plain, troubledMs, bad }));
  const flows = [...plain, ...mirrors];
  const notation = orderly.pick(NOTATIONS);
  return {
    seed,
    flows,
    notation,
    echoes,
    vendors,
    services: {
      ledger,
      queue: [
        ...windows(chance, troubledMs, 2 * HOUR, SERVICE_TROUBLE, 0.2),
        // Of senders that never retry nothing but this is of interest.
        ...windows(spooling, loadMs, HOUR, SERVICE_TROUBLE, retries ? 0 : 0.7),
      ],
      visibility: windows(chance, troubledMs, DAY, SERVICE_TROUBLE, 0.2),
      bucket: windows(chance, troubledMs, 12 * HOUR, SERVICE_TROUBLE, 0.2),
      secrets: windows(chance, troubledMs, 6 * HOUR, SERVICE_TROUBLE, 0.2),
    },
    retries,
    readerBroken: windows(chance, troubledMs, 6 * HOUR, ['broken'], 0.15),
    requests: [...requestPlans(chance, plain, loadMs, troubledMs), ...loopPlans(orderly, loop, troubledMs)],
    events: eventPlans(orderly, notation, echoes.length > 0 ? echoing : undefined),
    rates: Object.fromEntries(
      RATES.map((name) => [name, chance.is(0.45) ? chance.magnitude(0.0005, 0.05) : 0]),
    ) as Rates,
    dyingWorkers,
    maxSkewMs: chance.is(0.3) ? chance.between(0, 4 * SECOND) : 0,
    operatorParks: windows(chance, troubledMs, 2 * DAY, ['parked'], 0.2).map(({ from, to }) => ({
      ...{ from, to },
      flow: chance.integer(0, flows.length - 1),
    })),
    guardAway: windows(chance, troubledMs, DAY, ['away'], 0.1),
    resolves: times(chance.integer(0, 4), () => START + chance.between(HOUR, troubledMs)),
    edits: times(chance.is(0.4) ? chance.integer(1, 5) : 0, () => ({
      at: START + chance.between(MINUTE, troubledMs),
      flow: chance.integer(0, flows.length - 1),
      again: chance.is(0.3) ? 'all' : [],
    })),
    redrives: times(chance.integer(0, 6), () => ({
      at: START + chance.between(MINUTE, troubledMs),
      flow: chance.integer(0, flows.length - 1),
      which: chance.pick(['all', 'one', 'twice'] as const),
    })),
    shortenedDrains: chance.is(0.97) ? 0.5 : 0.02,
    calmAt,
    endAt: calmAt + 5 * DAY,
  };
}

const SERVICE_TROUBLE = ['outage', 'throttle', 'answers lost'] as const;
const VENDOR_TROUBLE: readonly VendorTrouble[] = [
  ...(['down', 'down after the effect', 'answers lost', 'unreachable', 'unauthorized'] as const),
  ...(['rate-limiting', 'refusing', 'forbidden', 'redirecting'] as const),
];

const MAX_EVENTS = 204;
/** Two systems that answer each other's changes. */
const LOOP_EVENTS = 50;
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Most of what matters happens early: that is when the load comes. */
const moment = (chance: Chance, troubledMs: number) =>
  chance.is(0.3) ? chance.between(0, troubledMs) : chance.magnitude(10 * SECOND, troubledMs);

/** Up to three stretches of trouble, none in most seeds. */
function windows<Kind extends string>(
  chance: Chance,
  troubledMs: number,
  longestMs: number,
  kinds: readonly Kind[],
  probability: number,
): Window<Kind>[] {
  if (!chance.is(probability)) return [];
  return times(chance.integer(1, 3), () => {
    const from = START + moment(chance, troubledMs);
    const to = Math.min(from + chance.magnitude(MINUTE, longestMs), START + troubledMs);
    return { from, to, kind: chance.pick(kinds) };
  });
}

const vendorPlan = (chance: Chance, troubledMs: number): VendorPlan => ({
  keyLifetimeHours: chance.pick([2, 4, 24]),
  ...chance.pick([
    { settleMs: 5 * MINUTE, indexLagMs: MINUTE },
    { settleMs: 5 * MINUTE, indexLagMs: 0 },
    { settleMs: HOUR, indexLagMs: 20 * MINUTE },
  ]),
  hasProbe: chance.is(0.7),
  storesRefusals: chance.is(0.3),
  storesErrors: chance.is(0.2),
  checksKeysLast: chance.is(0.4),
  trouble: windows(chance, troubledMs, 4 * DAY, VENDOR_TROUBLE, 0.7),
  rotatedAt: chance.is(0.2) ? START + chance.between(0, troubledMs) : 0,
});

function flowPlan(
  chance: Chance,
  index: number,
  vendors: number,
  troubledMs: number,
  bad: readonly Window<string>[],
): FlowPlan {
  // A flow decides once for each operation of a target.
  const decisions = times(vendors, () => chance.pick(['stop', 'stop', 'repeat', 'drop'] as const));
  const operations = times(chance.integer(1, 4), () => {
    const vendor = chance.integer(0, vendors - 1);
    return { vendor, by: chance.pick(['upsert', 'key', 'lookup', 'none'] as const), ifUnknown: decisions[vendor]! };
  });
  return {
    name: `flow${index}`,
    types: chance.pick([['a'], ['b'], ['a', 'b'], 'any'] as const),
    freshness: chance.pick(['real-time', 'batch'] as const),
    operations,
    order: 'any',
    parallel: chance.is(0.15),
    swallows: chance.is(0.15),
    fickle: chance.is(0.15) ? 0.1 : 0,
    concurrency: chance.integer(1, 5),
    batchSize: chance.pick([1, 3, 10, 10]),
    versions: versionsOf(chance, operations.length - 1, troubledMs, bad),
  };
}

/** Three flows in ten write upserts alone, and want the latest event of an entity to win. */
function maybeOrdered(flow: FlowPlan, chance: Chance): FlowPlan {
  if (!chance.is(0.3)) return flow;
  return { ...flow, order: 'latest-wins', operations: flow.operations.map((one) => ({ ...one, by: 'upsert' })) };
}

/** Events of few entities; most come about in the order in which they happened. */
function eventPlans(chance: Chance, notation: Notation, saying: Chance | undefined): EventPlan[] {
  const entities = chance.pick([1, 2, 2, 4, 10]);
  const disorder = chance.pick([0, 2, 5, 20, 100]);
  return times(MAX_EVENTS + LOOP_EVENTS, (number) => {
    const says = saying && { fields: { name: saying.pick(['x', 'y', 'z']), size: saying.pick(['1', '2']) } };
    if (number >= MAX_EVENTS) return { entityId: 'e0', rank: number, ...written(number, notation), ...says };
    const entityId = chance.is(0.05) ? null : `e${chance.integer(0, entities - 1)}`;
    const rank = number + chance.integer(0, disorder);
    return chance.is(0.03)
      ? { entityId, rank: undefined, occurredAt: null, ...says }
      : { entityId, rank, ...written(rank, notation), ...says };
  });
}

/** An event that comes after all that were planned. */
export const eventOf = ({ notation }: Plan, number: number, entityId: string): EventPlan => ({
  ...{ entityId, rank: number, ...written(number, notation) },
});

/** One system, or two that are to be alike. */
const echoPlans = (chance: Chance, vendors: number): Plan['echoes'] =>
  vendors === 1 || chance.is(0.4)
    ? [{ vendor: chance.integer(0, vendors - 1), type: chance.pick(['a', 'b']) }]
    : [
        { vendor: 0, type: 'a' },
        { vendor: 1, type: 'b' },
      ];

/** Writes what one system tells into the other one, or into that one itself. */
function mirrorPlan(
  chance: Chance,
  index: number,
  echoes: Plan['echoes'],
  { plain, troubledMs, bad }: { plain: readonly FlowPlan[]; troubledMs: number; bad: readonly Window<string>[] },
): FlowPlan {
  const { vendor, type } = echoes[index]!;
  const peer = echoes[(index + 1) % echoes.length]!.vendor;
  const upsert = { vendor: peer, by: 'upsert', ifUnknown: 'stop' } as const;
  const operations = chance.is(0.3) ? [upsert, upsert] : [upsert];
  return {
    ...flowPlan(chance, plain.length + index, 1, troubledMs, bad),
    ...{ types: [type], operations, echo: vendor, order: chance.pick(['any', 'latest-wins'] as const) },
    versions: versionsOf(chance, operations.length - 1, troubledMs, bad),
  };
}

/** A rank in a vendor's notation: half an hour from one to the next, and sequences that grow by a digit now and then. */
function written(rank: number, notation: Notation) {
  const at = START - 30 * DAY + rank * 1_800 * SECOND;
  const sequence = String(rank + 5);
  if (notation === 'sequence') return { occurredAt: null, sequence };
  if (notation === 'both') return { occurredAt: new Date(START).toISOString(), sequence };
  if (notation === 'iso') return { occurredAt: new Date(at).toISOString() };
  return { occurredAt: String(notation === 'seconds' ? at / SECOND : at) };
}

/** The flow's deploys: each is in force until the next; the last one, at the calm, is sound. */
function versionsOf(chance: Chance, steps: number, troubledMs: number, bad: readonly Window<string>[]): Version[] {
  const first: Version = {
    from: START,
    steps: times(steps, (index) => ({ name: `step${index}`, was: [] })),
    unwanted: chance.is(0.15) ? [chance.integer(0, 9)] : [],
    skips: chance.is(0.2) ? [chance.integer(0, 9)] : [],
    broken: false,
    throws: 0,
  };
  const versions = [first];
  let sound = first;
  // People deploy when something is wrong.
  const deployAt = () => {
    if (bad.length === 0 || chance.is(0.5)) return START + moment(chance, troubledMs);
    const { from, to } = chance.pick(bad);
    return Math.min(from + chance.magnitude(10 * SECOND, to - from + HOUR), START + troubledMs);
  };
  const deploys = times(chance.is(0.5) ? chance.integer(1, 3) : 0, deployAt).sort();
  for (const [number, from] of deploys.entries()) {
    const kind = chance.pick([
      'rename',
      'rename',
      'rename without was',
      'when',
      'skips',
      'broken',
      'throws',
      'throws',
    ] as const);
    if (kind === 'broken' || kind === 'throws') {
      versions.push({ ...sound, from, [kind]: kind === 'broken' ? true : chance.pick([0.3, 1]) });
      versions.push({ ...sound, from: Math.min(from + chance.magnitude(10 * MINUTE, 3 * DAY), START + troubledMs) });
      continue;
    }
    if (kind === 'when' || kind === 'skips') {
      sound = { ...sound, from, [kind === 'when' ? 'unwanted' : 'skips']: DIGITS.filter(() => chance.is(0.4)) };
      versions.push(sound);
      continue;
    }
    const renamed = sound.steps.map(({ name, was }, index) => ({
      name: `step${index}v${number}`,
      was: kind === 'rename' ? [name, ...was] : [],
    }));
    sound = { ...sound, from, steps: renamed };
    versions.push(sound);
  }
  versions.push({ ...sound, from: START + troubledMs });
  return versions.sort((one, other) => one.from - other.from);
}

function requestPlans(chance: Chance, flows: readonly FlowPlan[], loadMs: number, troubledMs: number): RequestPlan[] {
  const wanted = chance.integer(10, 60);
  const requests: RequestPlan[] = [];
  const isLargeSeed = chance.is(0.3);
  for (let deliveries = 0, number = 0; deliveries < wanted && number < MAX_EVENTS - 4; ) {
    const events = times(chance.is(0.2) ? chance.integer(2, 4) : 1, () => {
      const type = chance.pick(['a', 'b'] as const);
      deliveries += flows.filter(({ types }) => types === 'any' || types.includes(type)).length;
      return `${type}${chance.is(0.02) ? 'p' : ''}${number++}`;
    });
    const at = START + chance.number() * loadMs;
    const again = chance.is(0.15)
      ? times(chance.integer(1, 3), () => at + chance.magnitude(SECOND, troubledMs - (at - START)))
      : [];
    requests.push({ at, events, large: isLargeSeed && chance.is(0.1), again });
  }
  return requests;
}

/** Events of one entity that come about as fast as two systems answer each other. */
function loopPlans(chance: Chance, count: number, troubledMs: number): RequestPlan[] {
  const from = START + moment(chance, troubledMs);
  const stepMs = chance.between(20 * SECOND, 90 * SECOND);
  return times(count, (index) => {
    return { at: from + index * stepMs, events: [`a${MAX_EVENTS + index}`], large: false, again: [] };
  });
}

/** Which trouble there is now. */
export const troubleAt = <Kind extends string>(list: readonly Window<Kind>[], now: number): Kind | undefined =>
  list.find(({ from, to }) => now >= from && now < to)?.kind;
