import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { readRunning } from '../laptop/running.ts';
import { OperatorError } from './operator-error.ts';

/** A hub that an operator speaks to: the laptop's, or one on AWS under the operator's own credentials. */
export type HubAddress = {
  readonly stage: string;
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
  readonly secrets: SecretsManagerClient;
  readonly lambda: LambdaClient;
  /** Of the laptop's hub only. */
  readonly laptop?: { readonly webhooks: string; readonly sandbox: string; readonly control: string };
};

/**
 * Finds the hub.
 *
 * @param options.stage Speaks to AWS; without it to the laptop's hub on `options.data`.
 * @throws OperatorError `no-hub` when no hub runs there.
 */
export function hubAt(options: { stage?: string | undefined; data: string }): HubAddress {
  if (options.stage !== undefined) {
    return {
      stage: options.stage,
      sqs: new SQSClient(),
      dynamoDb: new DynamoDBClient(),
      secrets: new SecretsManagerClient(),
      lambda: new LambdaClient(),
    };
  }
  const running = readRunning(options.data);
  if (!running) {
    const next = 'start one with "npx syncline dev", name its folder with --data, or a deployed one with --stage';
    throw new OperatorError('no-hub', `no hub runs on the folder ${options.data}`, next);
  }
  const config = {
    endpoint: running.aws,
    region: running.region,
    credentials: { accessKeyId: 'operator', secretAccessKey: 'laptop' },
  };
  return {
    stage: running.stage,
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
    dynamoDb: new DynamoDBClient(config),
    secrets: new SecretsManagerClient(config),
    lambda: new LambdaClient(config),
    laptop: { webhooks: running.webhooks, sandbox: running.sandbox, control: running.control },
  };
}

/** What time it is for the hub, in milliseconds since the epoch: on a laptop it may have been moved. */
export async function hubNow({ laptop }: HubAddress): Promise<number> {
  if (!laptop) return Date.now();
  const { now } = (await (await fetch(`${laptop.control}/time`)).json()) as { now: string };
  return Date.parse(now);
}

/** @throws OperatorError when the hub is on AWS, where that does not exist. */
export function laptopOf(hub: HubAddress, what: string) {
  if (hub.laptop) return hub.laptop;
  throw new OperatorError('laptop-only', `${what} exists on the laptop only`, 'leave out --stage');
}
