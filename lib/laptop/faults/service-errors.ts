import { AwsError } from '../service.ts';

/** Operations on items; DynamoDB throttles its others under another name. */
const itemOperation = /Item|^Query$|^Scan$/;

type ErrorForm = { code: string; message: string; status?: number; fields?: Record<string, unknown> };

const rateExceeded: ErrorForm = { code: 'ThrottlingException', message: 'Rate exceeded' };

/**
 * What each service says when calls come too fast. Sources: DynamoDB Developer Guide, "Error handling with DynamoDB";
 * Amazon S3 API Reference, "Error responses"; SQS, Secrets Manager, CloudWatch and EventBridge Scheduler API
 * References, "Common errors"; Lambda API Reference, "Invoke".
 */
const throttles: Record<string, (operation: string) => ErrorForm> = {
  dynamodb: (operation) =>
    itemOperation.test(operation)
      ? {
          code: 'ProvisionedThroughputExceededException',
          message:
            'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
        }
      : { code: 'ThrottlingException', message: 'Rate of requests exceeds the allowed throughput.' },
  s3: () => ({ code: 'SlowDown', message: 'Please reduce your request rate.', status: 503 }),
  lambda: () => ({
    code: 'TooManyRequestsException',
    message: 'Rate Exceeded.',
    status: 429,
    fields: { Reason: 'CallerRateLimitExceeded' },
  }),
  scheduler: () => ({ ...rateExceeded, status: 429 }),
};

/** What each service calls its own failure, with status 500; the rest of AWS says `InternalFailure`. Sources as above. */
const failures: Record<string, ErrorForm> = {
  dynamodb: {
    code: 'InternalServerError',
    message: 'The request could not be processed because of an internal error.',
  },
  s3: { code: 'InternalError', message: 'We encountered an internal error. Please try again.' },
  secretsmanager: { code: 'InternalServiceError', message: 'An error occurred on the server side.' },
  lambda: { code: 'ServiceException', message: 'An error occurred and the request cannot be processed.' },
  monitoring: {
    code: 'InternalServiceFault',
    message: 'Request processing has failed because of some unknown error, exception, or failure.',
  },
  scheduler: { code: 'InternalServerException', message: 'Unexpected error encountered while processing the request.' },
};

export function throttled(service: string, operation: string): AwsError {
  return toError(throttles[service]?.(operation) ?? rateExceeded, 400);
}

export function failed(service: string, status: 500 | 503): AwsError {
  if (status === 503) {
    return toError({ code: 'ServiceUnavailable', message: 'Service is unable to handle request.' }, status);
  }
  const common = {
    code: 'InternalFailure',
    message: 'The request processing has failed because of an internal error.',
  };
  return toError(failures[service] ?? common, status);
}

const toError = ({ code, message, status, fields = {} }: ErrorForm, defaultStatus: number) =>
  new AwsError(code, message, { status: status ?? defaultStatus, fields });
