/** S3 on the laptop: REST and XML, path style. What it leaves out (versions, multipart, copies, ACLs) is refused by name. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { logBug } from '../log-bug.ts';
import { AwsError, type AwsRequest, type AwsResponse, type Service } from '../service.ts';
import type { S3 } from './operation.ts';
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
  const running = new Set<Promise<AwsResponse>>();
  const close = async () => {
    // An upload that has lost its connection still has a file to remove.
    await Promise.all(running);
    store.close();
  };
  return {
    service: {
      ...{ name: 's3', streamsBodies: true, close },
      async handle(request) {
        const answer = run(s3, request);
        running.add(answer);
        return answer.finally(() => running.delete(answer));
      },
    },
    async createBucket(name) {
      makeBucket(s3, name);
    },
    close,
  };
}

/** Never rejects. */
async function run(s3: S3, request: AwsRequest): Promise<AwsResponse> {
  try {
    const { operation, address } = route(request);
    return await operation.run(s3, request, address);
  } catch (error) {
    return errorAnswer(request, toAwsError(request, error));
  }
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
