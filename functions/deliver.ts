/**
 * The deliver function of one flow: a batch of its queue in, one call to core, the messages that must come back out. The
 * guard asks it whether a target is well, too.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { s3Bodies } from './aws/bodies.ts';
import { dynamoDbEchoes } from './aws/echoes.ts';
import { dynamoDbEntities } from './aws/entities.ts';
import { nodeHttp } from './aws/http.ts';
import { dynamoDbLedger } from './aws/ledger.ts';
import { dynamoDbParks, quickDynamoDbClient } from './aws/parks.ts';
import { sqsClient, sqsQueues } from './aws/queues.ts';
import { quickSecretsClient, secretsManagerSecrets } from './aws/secrets.ts';
import { systemClock, systemRandom } from './aws/system.ts';
import { powertoolsTelemetry } from './aws/telemetry.ts';
import type { Message } from './core/claim.ts';
import { deliverBatch } from './core/deliver.ts';
import type { Flow } from './core/flow.ts';
import { Fuse } from './core/fuse.ts';
import { createGate } from './core/gate.ts';
import { METRICS, type Timing } from './core/names.ts';
import type { ProbeAnswer } from './core/ports.ts';
import { isProbe, type ProbeEvent, probe } from './core/probe.ts';
import { readEnvironment, TO_THE_END } from './environment.ts';

export function deliverHandler(flow: Flow, flowName: string) {
  const env = readEnvironment(
    ...(['bucket', 'ledgerTable', 'stateTable', 'secretPrefix', 'queueUrlPrefix', 'timing', 'pace'] as const),
    'echoTargets',
  );
  const timing = env.timing as Timing;
  const { telemetry, logger, metrics } = powertoolsTelemetry({ flow: flowName });
  const { now } = systemClock;
  const client = new DynamoDBClient();
  const { ledgerTable, stateTable: tableName } = env;
  const ledger = dynamoDbLedger({ client, tableName: ledgerTable });
  const parks = dynamoDbParks({ client: quickDynamoDbClient(), tableName });
  const ports = {
    telemetry,
    clock: systemClock,
    random: systemRandom,
    http: nodeHttp(),
    ledger,
    entities: dynamoDbEntities({ client, tableName, ledgerTable, ledger }),
    fuse: new Fuse(),
    echoes: dynamoDbEchoes({ client, tableName, targets: env.echoTargets.split(',') }),
    bodies: s3Bodies(env.bucket),
    secrets: secretsManagerSecrets({ client: quickSecretsClient(), prefix: env.secretPrefix, now }),
    queues: sqsQueues({ client: sqsClient(), queueUrl: (name) => env.queueUrlPrefix + name, now }),
    // One for all invocations of this process.
    gate: createGate({ flow, flowName, timing, pace: JSON.parse(env.pace) }, { parks, clock: systemClock, telemetry }),
  };
  const targets = new Map(flow.operations.map(({ target }) => [target.name, target]));
  const probeTarget = async ({ probe: name }: ProbeEvent): Promise<ProbeAnswer> => {
    const target = targets.get(name);
    if (!target) throw new Error(`[syncline] flow ${flowName} does not name the target '${name}' that is to be probed`);
    telemetry.count(METRICS.probed);
    const answer = await probe(target, ports);
    telemetry.log('info', 'probed', { target: name, ...answer });
    return answer;
  };
  const handler = async (event: SQSEvent | ProbeEvent, context: Context): Promise<SQSBatchResponse | ProbeAnswer> => {
    if (isProbe(event)) return await probeTarget(event);
    const startedAt = now();
    const deadline = startedAt + context.getRemainingTimeInMillis();
    const invocation = { flow, flowName, timing, startedAt, deadline };
    const kept = await deliverBatch(event.Records.map(messageOf), invocation, ports);
    return { batchItemFailures: kept.map((itemIdentifier) => ({ itemIdentifier })) };
  };
  return middy(handler, TO_THE_END).use(injectLambdaContext(logger)).use(logMetrics(metrics));
}

function messageOf(record: SQSRecord): Message {
  return {
    messageId: record.messageId,
    receiptHandle: record.receiptHandle,
    body: record.body,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    sentAt: Number(record.attributes.SentTimestamp),
  };
}
