import type { AwsRequest } from '../service.ts';

/** REST services have no operation in a header: method and path tell it. The bucket and the key are S3's path. */
const routes: Record<string, [method: string, path: RegExp, operation: string][]> = {
  s3: [
    ['GET', /^\/$/, 'ListBuckets'],
    ['GET', /^\/[^/]+\/?$/, 'ListObjectsV2'],
    ['HEAD', /^\/[^/]+\/?$/, 'HeadBucket'],
    ['PUT', /^\/[^/]+\/?$/, 'CreateBucket'],
    ['GET', /./, 'GetObject'],
    ['HEAD', /./, 'HeadObject'],
    ['PUT', /./, 'PutObject'],
    ['DELETE', /./, 'DeleteObject'],
  ],
  lambda: [
    ['POST', /\/functions\/[^/]+\/invocations$/, 'Invoke'],
    ['GET', /\/functions\/[^/]+$/, 'GetFunction'],
    ['GET', /\/event-source-mappings\/?$/, 'ListEventSourceMappings'],
    ['GET', /\/event-source-mappings\/[^/]+$/, 'GetEventSourceMapping'],
    ['PUT', /\/event-source-mappings\/[^/]+$/, 'UpdateEventSourceMapping'],
  ],
  scheduler: [
    ['GET', /^\/schedules\/?$/, 'ListSchedules'],
    ['POST', /^\/schedules\/[^/]+$/, 'CreateSchedule'],
    ['GET', /^\/schedules\/[^/]+$/, 'GetSchedule'],
    ['PUT', /^\/schedules\/[^/]+$/, 'UpdateSchedule'],
    ['DELETE', /^\/schedules\/[^/]+$/, 'DeleteSchedule'],
  ],
};

/** The operation's name as in the API; method and path for one that is not listed. */
export function operationOf(service: string, { operation, method, path }: AwsRequest): string {
  if (operation) return operation;
  const route = routes[service]?.find(([ofMethod, ofPath]) => ofMethod === method && ofPath.test(path));
  return route?.[2] ?? `${method} ${path}`;
}
