import {
  CloudWatchClient,
  type MetricDataQuery,
  type MetricDataResult,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import type { InvocationMinute, Invocations } from '../core/ports.ts';

const PERIOD_SECONDS = 60;
/** GetMetricData takes no more: two for each flow. */
const MOST_QUERIES = 500;

type Counted = 'Invocations' | 'Errors';
type Range = { readonly from: number; readonly to: number };

/** A client that gives up soon: the guard has other work in its minute. */
export const quickCloudWatchClient = () =>
  new CloudWatchClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });

/**
 * What Lambda has counted, over CloudWatch, which charges for each metric that is asked for: first the failures of all the
 * account's functions together, and only when there are some those of the flows.
 *
 * @param options.functionName A flow's deliver function by the flow's name.
 */
export function cloudWatchInvocations(options: {
  client: CloudWatchClient;
  functionName: (flow: string) => string;
}): Invocations {
  const { client, functionName } = options;
  return {
    async count(flows, from, to) {
      const range = { from, to };
      const all = await ask(client, [queryOf('all', 'Errors')], range);
      if (!all.some(({ Values = [] }) => Values.some((value) => value > 0))) return new Map();
      const counted = new Map<string, readonly InvocationMinute[]>();
      for (let start = 0; start < flows.length; start += MOST_QUERIES / 2) {
        const some = flows.slice(start, start + MOST_QUERIES / 2);
        const queries = some.flatMap((flow, index) => [
          queryOf(`i${index}`, 'Invocations', functionName(flow)),
          queryOf(`e${index}`, 'Errors', functionName(flow)),
        ]);
        const results = await ask(client, queries, range);
        const valuesOf = (id: string) => valuesByTime(results.filter(({ Id }) => Id === id));
        for (const [index, flow] of some.entries()) {
          counted.set(flow, minutesOf(valuesOf(`i${index}`), valuesOf(`e${index}`)));
        }
      }
      return counted;
    },
  };
}

/** Without a function: of all together. */
function queryOf(Id: string, MetricName: Counted, functionName?: string): MetricDataQuery {
  const Dimensions = functionName === undefined ? [] : [{ Name: 'FunctionName', Value: functionName }];
  return {
    Id,
    MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName, Dimensions }, Period: PERIOD_SECONDS, Stat: 'Sum' },
  };
}

/** @returns A result for each query and page. @throws Error when CloudWatch could not tell all of it. */
async function ask(client: CloudWatchClient, queries: MetricDataQuery[], { from, to }: Range) {
  const results: MetricDataResult[] = [];
  const input = {
    MetricDataQueries: queries,
    StartTime: new Date(from),
    EndTime: new Date(to),
    ScanBy: 'TimestampAscending',
  } as const;
  for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, input)) {
    results.push(...MetricDataResults);
  }
  const failed = results.find(({ StatusCode }) => StatusCode === 'InternalError' || StatusCode === 'Forbidden');
  if (failed) throw new Error(`CloudWatch told not all of ${failed.Label}: ${failed.StatusCode}`);
  return results;
}

function valuesByTime(results: readonly MetricDataResult[]): Map<number, number> {
  const pairs = results.flatMap(({ Timestamps = [], Values = [] }) =>
    Timestamps.map((time, index): [number, number] => [time.getTime(), Values[index] ?? 0]),
  );
  return new Map(pairs);
}

function minutesOf(
  invocations: ReadonlyMap<number, number>,
  errors: ReadonlyMap<number, number>,
): readonly InvocationMinute[] {
  return [...invocations]
    .filter(([, count]) => count > 0)
    .map(([at, count]) => ({ at, invocations: count, errors: errors.get(at) ?? 0 }))
    .sort((one, other) => one.at - other.at);
}
