/**
 * The ingest function of one source: API Gateway's event in, one call to core, the answer out.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { s3Bodies } from './aws/bodies.ts';
import { fetchKeys } from './aws/keys.ts';
import { quickSqsClient, sqsQueues } from './aws/queues.ts';
import { quickSecretsClient, secretsManagerSecrets } from './aws/secrets.ts';
import { s3Spool } from './aws/spool.ts';
import { systemClock, systemRandom } from './aws/system.ts';
import { powertoolsTelemetry } from './aws/telemetry.ts';
import { accept, type Routes } from './core/accept.ts';
import { webhookPath } from './core/names.ts';
import type { Source } from './core/source.ts';
import { readEnvironment, TO_THE_END } from './environment.ts';
import { requestOf, resultOf } from './http-event.ts';

/** @param routes Which flows want which type, as the build found it in the flow files. */
export function ingestHandler(source: Source, routes: Routes) {
  const env = readEnvironment('bucket', 'secretPrefix', 'queueUrlPrefix', 'publicUrl');
  const { telemetry, logger, metrics } = powertoolsTelemetry({ source: source.name });
  const { now } = systemClock;
  const ports = {
    telemetry,
    clock: systemClock,
    random: systemRandom,
    fetchKey: fetchKeys(now),
    bodies: s3Bodies(env.bucket),
    spool: s3Spool(env.bucket, now),
    secrets: secretsManagerSecrets({ client: quickSecretsClient(), prefix: env.secretPrefix, now }),
    queues: sqsQueues({ client: quickSqsClient(), queueUrl: (flow) => env.queueUrlPrefix + flow, now }),
  };
  const options = { routes, publicUrl: env.publicUrl + webhookPath(source.name) };
  const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> =>
    resultOf(await accept(requestOf(event), source, options, ports));
  return middy(handler, TO_THE_END).use(injectLambdaContext(logger)).use(logMetrics(metrics));
}
