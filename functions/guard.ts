/**
 * The guard of a stage: run every minute, one call to core.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { dynamoDbAttention } from './aws/attention.ts';
import { cloudWatchInvocations, quickCloudWatchClient } from './aws/invocations.ts';
import { lambdaMappings } from './aws/mappings.ts';
import { dynamoDbNotes } from './aws/notes.ts';
import { dynamoDbParks } from './aws/parks.ts';
import { lambdaProbes, probingLambdaClient } from './aws/probes.ts';
import { sqsClient, sqsQueues } from './aws/queues.ts';
import { s3Spool } from './aws/spool.ts';
import { systemClock } from './aws/system.ts';
import { powertoolsTelemetry } from './aws/telemetry.ts';
import { type Errand, type GuardPlan, guard } from './core/guard.ts';
import { names } from './core/names.ts';
import { publishSpooled } from './core/spool.ts';
import { readEnvironment, TO_THE_END } from './environment.ts';

/** @param plan Flows and targets, as the build found them in the flow files. */
export function guardHandler(plan: GuardPlan) {
  const env = readEnvironment('stage', 'stateTable', 'ledgerTable', 'bucket', 'queueUrlPrefix');
  const { now } = systemClock;
  const { telemetry, gauges, logger, metrics } = powertoolsTelemetry({});
  const functionName = names(env.stage).deliverFunction;
  const client = new DynamoDBClient();
  const ports = {
    ...{ telemetry, gauges, clock: systemClock },
    parks: dynamoDbParks({ client, tableName: env.stateTable }),
    notes: dynamoDbNotes({ client, tableName: env.stateTable, now }),
    attention: dynamoDbAttention({ client, tableName: env.ledgerTable }),
    mappings: lambdaMappings({ client: new LambdaClient(), functionName }),
    invocations: cloudWatchInvocations({ client: quickCloudWatchClient(), functionName }),
    probes: lambdaProbes({ client: probingLambdaClient(), functionName }),
  };
  const spool = s3Spool(env.bucket, now);
  const queues = sqsQueues({ client: sqsClient(), queueUrl: (name) => env.queueUrlPrefix + name, now });
  const publishing = (deadline: number): Errand => ({
    what: 'publishing what is spooled',
    async run() {
      const { failed, unreadable } = await publishSpooled({ ...ports, queues, spool }, deadline);
      if (failed + unreadable > 0) throw new Error(`${failed} objects failed, ${unreadable} cannot be read`);
    },
  });
  const handler = (_event: unknown, context: Context): Promise<void> => {
    const deadline = now() + context.getRemainingTimeInMillis();
    return guard(plan, ports, plan.spools ? [publishing(deadline)] : []);
  };
  return middy(handler, TO_THE_END).use(injectLambdaContext(logger)).use(logMetrics(metrics));
}
