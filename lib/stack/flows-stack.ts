import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { NamedFlow } from '../definitions.ts';
import type { Stage } from '../stage.ts';
import type { Bundles } from './bundle.ts';
import { Deliver } from './deliver.ts';
import { type Pace, paceOfFlow } from './pace.ts';

export type FlowsStackProps = StackProps & {
  readonly stageName: string;
  readonly stage: Stage;
  readonly flows: readonly NamedFlow[];
  readonly pace: Pace;
  readonly bundles: Bundles;
  /** Targets whose echoes some flow of the stage looks for, whatever its group. */
  readonly echoTargets: readonly string[];
};

/** The flows of one group. */
export class FlowsStack extends Stack {
  constructor(scope: Construct, id: string, props: FlowsStackProps) {
    super(scope, id, props);
    const { stageName, stage, bundles, pace, echoTargets } = props;
    for (const named of props.flows) {
      const folder = bundles.get(`deliver-${named.name}`)!;
      const common = { stageName, stage, named, folder, echoTargets };
      new Deliver(this, `Flow-${named.name}`, { ...common, pace: paceOfFlow(named, pace) });
    }
  }
}
