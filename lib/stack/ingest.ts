import { Duration } from 'aws-cdk-lib';
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { BODIES_PREFIX, INGEST_TIMEOUT_MS, METRICS, names, SPOOL_PREFIX } from '../../functions/core/names.ts';
import type { Source } from '../../functions/core/source.ts';
import type { Stage } from '../stage.ts';
import { acknowledge } from './acknowledge.ts';
import { addAlarm, ownMetric } from './alarms.ts';
import type { FrontDoor } from './front-door.ts';
import { HubFunction } from './function.ts';
import { physicalNames } from './physical-names.ts';
import { allow } from './policy.ts';
import { emptySecret } from './secret.ts';

/** Refused requests in five minutes that are more than the noise of the internet. */
const REFUSED_THRESHOLD = 10;

export type IngestProps = {
  readonly stageName: string;
  readonly stage: Stage;
  readonly source: Source;
  /** The flows that want its events. */
  readonly flows: readonly string[];
  readonly folder: string;
  readonly frontDoor: FrontDoor;
};

/** Whether what SQS refuses is kept in the bucket, since the vendor never sends it again. */
const spools = ({ definition }: Source) => definition.retries === false;

/** What receives from one source: its secret, its function, its routes and its alarms. */
export class Ingest extends Construct {
  readonly secret: CfnSecret;

  constructor(scope: Construct, id: string, props: IngestProps) {
    super(scope, id);
    const { stageName, stage, source, frontDoor } = props;
    const physical = physicalNames(this, stageName);
    const prefixes = spools(source) ? [BODIES_PREFIX, SPOOL_PREFIX] : [BODIES_PREFIX];
    this.secret = emptySecret(this, physical.sourceSecret(source.name), `Webhooks of ${source.name}`, stage);
    const ingest = new HubFunction(this, 'Ingest', {
      functionName: physical.ingestFunction(source.name),
      description: `Verifies webhooks of ${source.name} and enqueues them`,
      folder: props.folder,
      timeout: Duration.millis(INGEST_TIMEOUT_MS),
      memoryMb: 256,
      logRetentionDays: stage.logRetentionDays,
      environment: {
        bucket: physical.bucketName,
        secretPrefix: names(stageName).sourceSecret('').replace('/source/', ''),
        queueUrlPrefix: physical.queueUrlPrefix,
        publicUrl: frontDoor.api.apiEndpoint,
      },
      permissions: [
        allow(['sqs:SendMessage'], props.flows.map(physical.queueArn)),
        allow(['secretsmanager:GetSecretValue'], [this.secret.ref]),
        allow(['s3:PutObject'], prefixes.map(physical.objectsArn)),
      ],
    });
    const bucket = names(stageName).bucket('<AWS::AccountId>', '<AWS::Region>');
    for (const prefix of prefixes) {
      acknowledge(ingest, {
        [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${bucket}/${prefix}*]`]:
          'Objects are named by day and a random id; the prefix is the narrowest rule that S3 has.',
      });
    }
    frontDoor.addSource(source, ingest.function);
    this.#addAlarms(props, ingest);
  }

  #addAlarms({ stageName, source }: IngestProps, ingest: HubFunction): void {
    const subject = source.name;
    if (spools(source)) {
      addAlarm(this, { stageName, subject, word: 'spooled', metric: ownMetric(METRICS.spooled, { source: subject }) });
    }
    const throttles = ingest.function.metricThrottles({ period: Duration.minutes(5) });
    addAlarm(this, { stageName, subject, word: 'ingest-throttles', metric: throttles });
    addAlarm(this, {
      stageName,
      subject,
      word: 'verification-refused',
      metric: ownMetric(METRICS.refused, { source: source.name }),
      threshold: REFUSED_THRESHOLD,
    });
  }
}
