import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Flow } from '../../../functions/core/flow.ts';
import type { Target } from '../../../functions/core/target.ts';
import { type Definitions, loadDefinitions } from '../../../lib/definitions.ts';
import { createApp } from '../../../lib/stack/app.ts';
import { planBundles } from '../../../lib/stack/bundle-plan.ts';
import { stageNamed } from '../../../lib/stage.ts';
import { stages } from '../../../stages.ts';

const root = join(import.meta.dirname, '../../..');
const none = () => new Set<PropertyKey>();
const read = { flow: none(), source: none(), target: none(), connector: none(), operation: none() };

/** Notes which members are read. */
const noting = <Noted extends object>(noted: Noted, into: Set<PropertyKey>): Noted =>
  new Proxy(noted, {
    get(of, member) {
      into.add(member);
      return Reflect.get(of, member);
    },
  });

function notingTarget({ name, definition }: Target): Target {
  const operations = Object.entries(definition.operations).map(([operation, one]) => {
    return [operation, noting(one, read.operation)] as const;
  });
  const connector = noting({ ...definition, operations: Object.fromEntries(operations) }, read.connector);
  return noting({ name, definition: connector }, read.target);
}

const notingFlow = (flow: Flow): Flow =>
  noting(
    { ...flow, operations: flow.operations.map((one) => ({ ...one, target: notingTarget(one.target) })) },
    read.flow,
  );

const notingAll = ({ flows, sources, targets }: Definitions): Definitions => ({
  flows: flows.map((named) => ({ ...named, flow: notingFlow(named.flow) })),
  sources: sources.map(({ exportName, source }) => {
    // In place: flows name their sources by identity.
    Object.assign(source, { definition: noting(source.definition, read.source) });
    return { exportName, source };
  }),
  targets: targets.map(({ exportName, target }) => ({ exportName, target: notingTarget(target) })),
});

describe('what a running hub compares after a save', () => {
  beforeAll(async () => {
    const stage = stageNamed(stages, 'dev');
    const definitions = await loadDefinitions(root, stage);
    const folders = Object.keys(planBundles(definitions).entries).map((key): [string, string] => [
      key,
      import.meta.dirname,
    ]);
    createApp({ stageName: 'dev', stage, definitions: notingAll(definitions), bundles: new Map(folders) });
  });

  test.each([
    ['flow', ['echo', 'freshness', 'group', 'operations', 'order', 'purpose', 'sources']],
    ['source', ['methods', 'retries']],
    ['target', ['definition', 'name']],
    ['connector', ['limit', 'operations']],
    ['operation', ['paced']],
  ] as const)('is all that the stacks read of a %s; a new member belongs into templateShape', (kind, members) => {
    expect([...read[kind]].sort()).toEqual(members);
  });
});
