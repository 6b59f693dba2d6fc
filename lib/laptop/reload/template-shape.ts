import type { Flow } from '../../../functions/core/flow.ts';
import type { Source } from '../../../functions/core/source.ts';
import type { Target } from '../../../functions/core/target.ts';
import type { Definitions } from '../../definitions.ts';
import type { Stage } from '../../stage.ts';

/** What the templates take from definitions and stage, as text, by what it is of: `flow 'x'`, `source 'y'`. */
export type TemplateShape = Readonly<Record<string, string>>;

/**
 * A test holds this against what the stacks really read. Not here: types, which travel as a file of a function, and a
 * flow's purpose, a description that changes nothing that runs.
 */
export function templateShape(definitions: Definitions, stage: Stage): TemplateShape {
  const flows = definitions.flows.map(({ name, flow }) => [`flow '${name}'`, flowShape(flow)]);
  const sources = definitions.sources.map(({ source }) => [`source '${source.name}'`, sourceShape(source)]);
  const targets = definitions.targets.map(({ target }) => [`target '${target.name}'`, targetShape(target)]);
  const all = [...flows, ...sources, ...targets, ['the stage', stage]] as [string, unknown][];
  return Object.fromEntries(all.map(([name, shape]) => [name, JSON.stringify(shape)]));
}

const flowShape = ({ group, freshness, order, echo, sources, operations }: Flow) => ({
  group,
  freshness,
  order,
  echo: echo?.target.name,
  sources: sources.map(({ name }) => name),
  operations: operations.map(({ target, operation }) => {
    const { paced } = target.definition.operations[operation]!;
    return { target: target.name, operation, paced };
  }),
});

const sourceShape = ({ definition }: Source) => ({
  methods: definition.methods,
  retries: definition.retries,
});

const targetShape = ({ definition }: Target) => ({ limit: definition.limit });

/** In words: `flow 'x' is new`, `source 'y' is gone`, `the stage has changed`. */
export function differences(before: TemplateShape, after: TemplateShape): string[] {
  const gone = Object.keys(before).filter((name) => !(name in after));
  return [
    ...gone.map((name) => `${name} is gone`),
    ...Object.keys(after).flatMap((name) => {
      if (before[name] === undefined) return [`${name} is new`];
      return before[name] === after[name] ? [] : [`${name} has changed`];
    }),
  ];
}
