/**
 * The guard of a stage: run every minute, one call to core.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import middy from '@middy/core';
import { dynamoDbAttention } from './aws/attention.ts';
import { lambdaMappings } from './aws/mappings.ts';
import { dynamoDbNotes } from './aws/notes.ts';
import { dynamoDbParks } from './aws/parks.ts';
import { lambdaProbes, probingLambdaClient } from './aws/probes.ts';
import { systemClock } from './aws/system.ts';
import { powertoolsTelemetry } from './aws/telemetry.ts';
import { type Errand, type GuardPlan, guard } from './core/guard.ts';
import { names } from './core/names.ts';
import { readEnvironment } from './environment.ts';

/** What else is done every minute; publishing what ingest had to spool belongs here. */
const ERRANDS: readonly Errand[] = [];

/** @param plan Flows and targets, as the build found them in the flow files. */
export function guardHandler(plan: GuardPlan) {
  const env = readEnvironment('stage', 'stateTable', 'ledgerTable');
  const { telemetry, gauges, logger, metrics } = powertoolsTelemetry({});
  const functionName = names(env.stage).deliverFunction;
  const client = new DynamoDBClient();
  const ports = {
    ...{ telemetry, gauges, clock: systemClock },
    parks: dynamoDbParks({ client, tableName: env.stateTable }),
    notes: dynamoDbNotes({ client, tableName: env.stateTable, now: systemClock.now }),
    attention: dynamoDbAttention({ client, tableName: env.ledgerTable }),
    mappings: lambdaMappings({ client: new LambdaClient(), functionName }),
    probes: lambdaProbes({ client: probingLambdaClient(), functionName }),
  };
  const handler = (): Promise<void> => guard(plan, ports, ERRANDS);
  return middy(handler).use(injectLambdaContext(logger)).use(logMetrics(metrics));
}
