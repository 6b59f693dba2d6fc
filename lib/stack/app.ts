import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { names, QUEUE } from '../../functions/core/names.ts';
import type { Definitions, NamedFlow } from '../definitions.ts';
import { Mistake } from '../mistake.ts';
import type { Stage } from '../stage.ts';
import type { Bundles } from './bundle.ts';
import { FlowsStack } from './flows-stack.ts';
import { HubStack } from './hub-stack.ts';
import { paceOf } from './pace.ts';

/** CloudFormation ends at 500; the rest is room for a hot fix. */
const MAX_RESOURCES = 450;

/** The whole app of one stage: the hub and a stack for each group of flows. */
export function createApp(
  settings: { stageName: string; stage: Stage; definitions: Definitions; bundles: Bundles },
  appProps?: AppProps,
): App {
  const { stageName, stage, definitions, bundles } = settings;
  refuseTooMuchConcurrency(stage, definitions);
  const pace = paceOf(definitions.flows, stage.timing);
  const app = new App(appProps);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const common = { stageName, stage, bundles };
  const description = (what: string) => ({
    description: `Syncline ${stageName}: ${what}`,
    terminationProtection: stage.statefulResources === 'retain',
  });
  const echoTargets = definitions.flows.flatMap(({ flow }) => flow.echo?.target.name ?? []);
  const stacks = [
    new HubStack(app, names(stageName).hubStack, { ...common, definitions, ...description('hub') }),
    ...[...groupsOf(definitions.flows)].map(
      ([group, flows]) =>
        new FlowsStack(app, names(stageName).flowsStack(group), {
          ...common,
          flows,
          pace,
          echoTargets,
          ...description(`flows '${group}'`),
        }),
    ),
  ];
  for (const stack of stacks) {
    const count = stack.node.findAll().filter((node) => 'cfnResourceType' in node).length;
    if (count > MAX_RESOURCES) {
      throw new Mistake(
        'functions/flows',
        `stack ${stack.stackName} has ${count} resources, over ${MAX_RESOURCES}: give some flows another "group"`,
      );
    }
  }
  return app;
}

function groupsOf(flows: readonly NamedFlow[]): Map<string, NamedFlow[]> {
  return Map.groupBy(flows, ({ flow }) => flow.group);
}

/** A drain of all flows at once must not starve ingest. */
function refuseTooMuchConcurrency({ accountConcurrency }: Stage, { flows }: Definitions): void {
  const needed = flows.length * QUEUE.maximumConcurrency;
  if (needed * 2 <= accountConcurrency) return;
  const text = `${flows.length} flows use a concurrency of ${needed}, over half of accountConcurrency ${accountConcurrency}`;
  throw new Mistake('stages.ts', `${text}: raise the account's quota and the setting`);
}
