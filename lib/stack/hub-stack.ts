import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { BODIES_PREFIX } from '../../functions/core/names.ts';
import { type Definitions, flowsOf, spools } from '../definitions.ts';
import type { Stage } from '../stage.ts';
import { acknowledge } from './acknowledge.ts';
import type { Bundles } from './bundle.ts';
import { FrontDoor } from './front-door.ts';
import { Guard } from './guard.ts';
import { Ingest } from './ingest.ts';
import { physicalNames } from './physical-names.ts';
import { removalPolicyOf } from './removal-policy.ts';
import { emptySecret } from './secret.ts';
import { Tables } from './tables.ts';

/** Large bodies are kept as long as the archive, and never shorter than any queue keeps their message. */
const BODIES_DAYS = 90;

export type HubStackProps = StackProps & {
  readonly stageName: string;
  readonly stage: Stage;
  readonly definitions: Definitions;
  readonly bundles: Bundles;
};

/** What all flows share: the front door with its sources, the tables, the bucket, the secrets, the guard, the alarm topic. */
export class HubStack extends Stack {
  constructor(scope: Construct, id: string, props: HubStackProps) {
    super(scope, id, props);
    const { stageName, stage, definitions, bundles } = props;
    const physical = physicalNames(this, stageName);

    this.#alarmTopic(physical.alarmTopic, stage);
    new Tables(this, 'Tables', {
      stageName,
      removalPolicy: removalPolicyOf(stage),
      retain: stage.statefulResources === 'retain',
    });
    this.#bucket(physical.bucketName, stage);

    const frontDoor = new FrontDoor(this, 'FrontDoor', { stageName, stage });
    for (const { source } of definitions.sources) {
      const flows = flowsOf(source, definitions.flows).map(({ name }) => name);
      const folder = bundles.get(`ingest-${source.name}`)!;
      new Ingest(this, `Source-${source.name}`, { stageName, stage, source, flows, folder, frontDoor });
    }
    for (const { target } of definitions.targets) {
      emptySecret(this, physical.targetSecret(target.name), `Connection to ${target.name}`, stage);
    }
    const flows = definitions.flows.map(({ name }) => name);
    const folder = bundles.get('guard')!;
    new Guard(this, 'Guard', { stageName, stage, folder, flows, spools: spools(definitions.sources) });
  }

  #alarmTopic(topicName: string, stage: Stage): void {
    const topic = new Topic(this, 'Alarms', { topicName, enforceSSL: true });
    if (stage.alarmEmail) topic.addSubscription(new EmailSubscription(stage.alarmEmail));
  }

  #bucket(bucketName: string, stage: Stage): void {
    const bucket = new Bucket(this, 'Bucket', {
      bucketName,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // None for the spool: what nobody has published yet must not expire.
      lifecycleRules: [{ prefix: BODIES_PREFIX, expiration: Duration.days(BODIES_DAYS) }],
      removalPolicy: removalPolicyOf(stage),
    });
    acknowledge(bucket, {
      'AwsSolutions-S1':
        'Only our own functions reach the bucket, and CloudTrail can record them; a second bucket of access logs tells no more.',
    });
  }
}
