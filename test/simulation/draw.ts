/** Draws what a seed decides. */
import { eventPlans, LOOP_EVENTS, MAX_EVENTS } from './draw-events.ts';
import { echoPlans, flowPlan, maybeOrdered, mirrorPlan } from './draw-flows.ts';
import { moment, times, windows } from './draw-moments.ts';
import {
  DAY,
  type FlowPlan,
  HOUR,
  MINUTE,
  NOTATIONS,
  type Plan,
  RATES,
  type Rates,
  type RequestPlan,
  SECOND,
  START,
  type VendorPlan,
  type VendorTrouble,
} from './plan.ts';
import { Chance } from './random.ts';

const SERVICE_TROUBLE = ['outage', 'throttle', 'answers lost'] as const;
const VENDOR_TROUBLE: readonly VendorTrouble[] = [
  ...(['down', 'down after the effect', 'answers lost', 'unreachable', 'unauthorized'] as const),
  ...(['rate-limiting', 'refusing', 'forbidden', 'redirecting'] as const),
];

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
