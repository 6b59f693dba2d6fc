/** A seed's flows, and their deploys. */
import { moment, times } from './draw-moments.ts';
import { DAY, type FlowPlan, HOUR, MINUTE, type Plan, SECOND, START, type Version, type Window } from './plan.ts';
import type { Chance } from './random.ts';

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

export function flowPlan(
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
export function maybeOrdered(flow: FlowPlan, chance: Chance): FlowPlan {
  if (!chance.is(0.3)) return flow;
  return { ...flow, order: 'latest-wins', operations: flow.operations.map((one) => ({ ...one, by: 'upsert' })) };
}

/** One system, or two that are to be alike. */
export const echoPlans = (chance: Chance, vendors: number): Plan['echoes'] =>
  vendors === 1 || chance.is(0.4)
    ? [{ vendor: chance.integer(0, vendors - 1), type: chance.pick(['a', 'b']) }]
    : [
        { vendor: 0, type: 'a' },
        { vendor: 1, type: 'b' },
      ];

/** Writes what one system tells into the other one, or into that one itself. */
export function mirrorPlan(
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
