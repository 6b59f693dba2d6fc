import { GetMetricDataCommand, type GetMetricDataCommandInput, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { type Case, casesOf, type Tools } from '../case.ts';
import { cloudWatchApi, lambdaGuide } from './pages.ts';

const MINUTE_MS = 60_000;

const queryOf = (Id: string, MetricName: string, functionName: string, changes: object = {}): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      ...{ Namespace: 'AWS/Lambda', MetricName },
      Dimensions: [{ Name: 'FunctionName', Value: functionName }],
    },
    ...{ Period: 60, Stat: 'Sum', ...changes },
  },
});

/** Asks for the last ten minutes and the next. */
function ask({ cloudwatch }: Tools, queries: MetricDataQuery[], changes: Partial<GetMetricDataCommandInput> = {}) {
  const now = Date.now();
  return cloudwatch.send(
    new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: new Date(now - 10 * MINUTE_MS),
      EndTime: new Date(now + MINUTE_MS),
      ...changes,
    }),
  );
}

/** What Lambda counts, and how it is asked for. */
export const metricData: Case[] = casesOf('monitoring', [
  {
    name: 'an invocation is counted in the minute in which it began; a start within that minute is rounded down to it',
    fact: lambdaGuide('Types of metrics for Lambda functions'),
    unverified: 'how soon it is there',
    run: (tools) =>
      tools.functions.alone(async ({ functionName }) => {
        const invoke = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify({ Records: [] }) });
        const began = Date.now();
        await tools.lambda.send(invoke);
        const minute = began - (began % MINUTE_MS);
        const range = { StartTime: new Date(minute + MINUTE_MS - 1), EndTime: new Date(minute + MINUTE_MS) };

        await tools.expect.soon(async () => {
          const queries = [
            queryOf('invocations', 'Invocations', functionName),
            queryOf('errors', 'Errors', functionName),
          ];
          const { MetricDataResults = [] } = await ask(tools, queries, range);
          const [invocations, errors] = MetricDataResults;
          tools.expect.equal(invocations?.Timestamps, [new Date(minute)]);
          tools.expect.that((invocations?.Values?.[0] ?? 0) >= 1, 'it is counted');
          tools.expect.equal(errors?.Values, [0]);
        });
      }),
  },
  {
    name: 'the metrics of what was never invoked have no values, and each query has its result under its id',
    fact: cloudWatchApi('GetMetricData'),
    async run(tools) {
      const name = tools.unique('none');

      const { MetricDataResults = [] } = await ask(tools, [
        queryOf('a', 'Errors', name),
        { ...queryOf('b', 'Invocations', name), Label: 'of b' },
      ]);

      const seen = MetricDataResults.map(({ Id, Label, Values, Timestamps, StatusCode }) => ({
        ...{ Id, Label, Values, Timestamps, StatusCode },
      }));
      const nothing = { Values: [], Timestamps: [], StatusCode: 'Complete' };
      tools.expect.equal(seen, [
        { Id: 'a', Label: 'Errors', ...nothing },
        { Id: 'b', Label: 'of b', ...nothing },
      ]);
    },
  },
  {
    name: 'a query without ReturnData has no result',
    fact: cloudWatchApi('MetricDataQuery'),
    async run(tools) {
      const name = tools.unique('none');
      const queries = [{ ...queryOf('a', 'Errors', name), ReturnData: false }, queryOf('b', 'Errors', name)];

      const { MetricDataResults = [] } = await ask(tools, queries);

      tools.expect.equal(
        MetricDataResults.map(({ Id }) => Id),
        ['b'],
      );
    },
  },
  {
    name: 'the start must be before the end',
    fact: cloudWatchApi('GetMetricData'),
    unverified: 'the code of the error',
    async run(tools) {
      const at = new Date(Date.now() - MINUTE_MS);
      const call = ask(tools, [queryOf('a', 'Errors', 'none')], { StartTime: at, EndTime: at });

      await tools.expect.error(call, 'ValidationException', 'ValidationError');
    },
  },
  ...(
    [
      ['ids are unique in a call', [queryOf('a', 'Errors', 'x'), queryOf('a', 'Errors', 'y')]],
      ['an id begins with a lower-case letter', [queryOf('A', 'Errors', 'x')]],
      ['a period from a minute on is a multiple of a minute', [queryOf('a', 'Errors', 'x', { Period: 61 })]],
      ['a call has at least one query', []],
      [
        'a call has at most 500 queries',
        Array.from({ length: 501 }, (_, index) => queryOf(`q${index}`, 'Errors', 'x')),
      ],
    ] as const
  ).map(([name, queries]) => ({
    name,
    fact: cloudWatchApi(name.includes('call') ? 'GetMetricData' : 'MetricDataQuery'),
    unverified: 'the code of the error',
    async run(tools: Tools) {
      await tools.expect.error(
        ask(tools, [...queries]),
        ...['ValidationException', 'ValidationError', 'InvalidParameterValueException', 'MissingParameter'],
      );
    },
  })),
  {
    name: 'an expression computes a series from others',
    fact: cloudWatchApi('MetricDataQuery'),
    refusedBySyncline: 'metric math',
    async run(tools) {
      const sum = { Id: 'sum', Expression: 'FILL(a, 0) + 1' };

      const { MetricDataResults = [] } = await ask(tools, [queryOf('a', 'Errors', tools.unique('none')), sum]);

      tools.expect.equal(MetricDataResults.length, 2);
    },
  },
  {
    name: 'a percentile of a metric can be asked for',
    fact: cloudWatchApi('MetricStat'),
    refusedBySyncline: 'percentiles',
    async run(tools) {
      const { MetricDataResults = [] } = await ask(tools, [
        queryOf('a', 'Errors', tools.unique('none'), { Stat: 'p99' }),
      ]);

      tools.expect.equal(MetricDataResults.length, 1);
    },
  },
]);
