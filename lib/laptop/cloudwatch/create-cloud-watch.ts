/**
 * CloudWatch on the laptop: what Lambda has counted of the functions' invocations, and nothing else. Metrics that functions
 * write are lines in their logs, and alarms are the templates' alone.
 *
 * The SDK speaks JSON 1.0 to it and reports the error codes of the older query protocol, as with SQS.
 */
import type { Clock } from '../clock.ts';
import { jsonService } from '../json-service.ts';
import type { AwsError, Service } from '../service.ts';
import { createInvocationCounts, type InvocationCounts } from './invocation-counts.ts';
import { getMetricData } from './operations/get-metric-data.ts';

export type CloudWatch = {
  service: Service;
  /** Where Lambda counts. */
  counts: InvocationCounts;
};

/** Codes that the older protocol calls otherwise. Source: the CloudWatch API model. */
const queryCodes: Record<string, string> = {
  InternalServiceFault: 'InternalServiceError',
  ThrottlingException: 'Throttling',
  ValidationException: 'ValidationError',
};

export const errorHeaders = ({ code, status }: AwsError) => ({
  'x-amzn-query-error': `${queryCodes[code] ?? code};${status < 500 ? 'Sender' : 'Receiver'}`,
});

export function createCloudWatch({ clock }: { clock: Clock }): CloudWatch {
  const counts = createInvocationCounts();
  const operations = { GetMetricData: (input: object) => getMetricData(input, { counts, clock }) };
  return { counts, service: jsonService({ name: 'monitoring', jsonVersion: '1.0', operations, errorHeaders }) };
}
