/** S3 on the laptop: REST and XML, path style. What it leaves out (versions, multipart, copies, ACLs) is refused by name. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { logBug } from '../log-bug.ts';
import { AwsError, type AwsRequest, type AwsResponse, type Service } from '../service.ts';
import { makeBucket } from './operations/create-bucket.ts';
import { route } from './route.ts';
import { openStore } from './store.ts';
import { document } from './xml.ts';

/**
 * @param options.folder Made with mode 0700 when it is missing.
 * @returns The service; `createBucket` is no error for a bucket that is there already.
 */
export function createS3(options: { folder: string; region: string; clock: Clock }): {
  service: Service;
  createBucket(name: string): Promise<void>;
  close(): Promise<void>;
} {
  const store = openStore(options.folder);
  const s3 = { store, clock: options.clock, region: options.region };
  const close = async () => store.close();
  return {
    service: {
      ...{ name: 's3', close },
      async handle(request) {
        try {
          const { operation, address } = route(request);
          return operation.run(s3, request, address);
        } catch (error) {
          return errorAnswer(request, toAwsError(request, error));
        }
      },
    },
    async createBucket(name) {
      makeBucket(s3, name);
    },
    close,
  };
}

function toAwsError({ method }: AwsRequest, error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  logBug('s3', method, error);
  return new AwsError('InternalError', 'We encountered an internal error. Please try again.', { status: 500 });
}

/** An answer to HEAD has no body: its status is all there is. */
function errorAnswer({ method }: AwsRequest, { code, message, status, fields }: AwsError): AwsResponse {
  const headers = { 'content-type': 'application/xml' };
  if (method === 'HEAD') return { status, headers };
  const details = fields as Record<string, string>;
  const body = document({ Error: { Code: code, Message: message, ...details, RequestId: randomUUID() } });
  return { status, headers, body };
}
