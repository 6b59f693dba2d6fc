import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCloudWatch } from '../../../../lib/laptop/cloudwatch/create-cloud-watch.ts';
import { startFront } from '../../../../lib/laptop/front.ts';
import { fakeClock } from '../fake-clock.ts';
import { defineFunction, startLambda } from '../lambda/setup.ts';

const at = (time: string) => new Date(`2026-11-20T${time}Z`);

/** CloudWatch at noon, and the SDK's client for it. */
async function given() {
  const { service, counts } = createCloudWatch({ clock: fakeClock('2026-11-20T12:00:00Z') });
  const front = await startFront({ services: [service], port: 0 });
  onTestFinished(front.close);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new CloudWatchClient({ endpoint: front.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  const invoked = (name: string, time: string, hasFailed = false) =>
    counts.add(name, { beganMs: at(time).getTime(), hasFailed });
  const ask = (input: Partial<GetMetricDataCommandInput> & { MetricDataQueries: object[] }) =>
    client.send(new GetMetricDataCommand({ StartTime: at('11:00:00'), EndTime: at('12:00:00'), ...input } as never));
  return { counts, invoked, ask };
}

const query = (Id: string, MetricName: string, name?: string, stat: object = {}) => {
  const Dimensions = name === undefined ? [] : [{ Name: 'FunctionName', Value: name }];
  return {
    Id,
    MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName, Dimensions }, Period: 60, Stat: 'Sum', ...stat },
  };
};

describe('GetMetricData', () => {
  it('tells what each function, and all together, did in each minute, the newest first', async () => {
    const { invoked, ask } = await given();
    invoked('one', '11:10:05');
    invoked('one', '11:10:59', true);
    invoked('one', '11:12:00', true);
    invoked('other', '11:10:30', true);

    const { MetricDataResults } = await ask({
      MetricDataQueries: [
        query('invocations', 'Invocations', 'one'),
        query('errors', 'Errors', 'one'),
        query('all', 'Errors'),
        query('none', 'Errors', 'never-invoked'),
      ],
    });

    expect(MetricDataResults?.map(({ Id, Label, StatusCode }) => [Id, Label, StatusCode])).toEqual([
      ['invocations', 'Invocations', 'Complete'],
      ['errors', 'Errors', 'Complete'],
      ['all', 'Errors', 'Complete'],
      ['none', 'Errors', 'Complete'],
    ]);
    expect(MetricDataResults?.map(({ Values }) => Values)).toEqual([[1, 2], [1, 1], [1, 2], []]);
    expect(MetricDataResults?.[0]?.Timestamps).toEqual([at('11:12:00'), at('11:10:00')]);
  });

  it('begins with the whole minute of its start, which is included, and ends before its end', async () => {
    const { invoked, ask } = await given();
    for (const time of ['11:09:59', '11:10:00', '11:11:00', '11:12:00']) invoked('one', time);

    const { MetricDataResults } = await ask({
      ...{ StartTime: at('11:10:40'), EndTime: at('11:12:00'), ScanBy: 'TimestampAscending' },
      MetricDataQueries: [query('m', 'Invocations', 'one')],
    });

    expect(MetricDataResults?.[0]?.Timestamps).toEqual([at('11:10:00'), at('11:11:00')]);
  });

  it.each([
    ['Sum', 3],
    ['SampleCount', 4],
    ['Average', 0.75],
    ['Minimum', 0],
    ['Maximum', 1],
  ])('takes the %s of a longer period', async (Stat, value) => {
    const { invoked, ask } = await given();
    invoked('one', '11:20:00');
    for (const time of ['11:21:00', '11:23:00', '11:24:59']) invoked('one', time, true);

    const { MetricDataResults } = await ask({
      MetricDataQueries: [query('m', 'Errors', 'one', { Period: 300, Stat })],
    });

    expect(MetricDataResults?.[0]).toMatchObject({ Timestamps: [at('11:20:00')], Values: [value] });
  });

  it('leaves out what is asked for without its data, and labels as it is told', async () => {
    const { ask } = await given();

    const { MetricDataResults } = await ask({
      MetricDataQueries: [
        { ...query('a', 'Errors'), ReturnData: false },
        { ...query('b', 'Errors'), Label: 'failures' },
      ],
    });

    expect(MetricDataResults?.map(({ Id, Label }) => [Id, Label])).toEqual([['b', 'failures']]);
  });

  it.each<[string, string, Record<string, unknown>]>([
    [
      'an end before its start',
      'ValidationException',
      { EndTime: at('10:59:00'), MetricDataQueries: [query('m', 'Errors')] },
    ],
    [
      'two queries of one id',
      'ValidationException',
      { MetricDataQueries: [query('m', 'Errors'), query('m', 'Errors')] },
    ],
    ['no query', 'ValidationException', { MetricDataQueries: [] }],
    ['a query of nothing', 'ValidationException', { MetricDataQueries: [{ Id: 'm' }] }],
    ['an id in capitals', 'ValidationException', { MetricDataQueries: [query('M', 'Errors')] }],
    ['a period of 61 s', 'ValidationException', { MetricDataQueries: [query('m', 'Errors', 'one', { Period: 61 })] }],
    ['a period of 10 s', 'NotEmulatedException', { MetricDataQueries: [query('m', 'Errors', 'one', { Period: 10 })] }],
    ['a percentile', 'NotEmulatedException', { MetricDataQueries: [query('m', 'Errors', 'one', { Stat: 'p99' })] }],
    ['another metric', 'NotEmulatedException', { MetricDataQueries: [query('m', 'Duration', 'one')] }],
    ['an expression', 'NotEmulatedException', { MetricDataQueries: [{ Id: 'm', Expression: 'SUM(METRICS())' }] }],
    ['pages', 'NotEmulatedException', { MaxDatapoints: 100, MetricDataQueries: [query('m', 'Errors')] }],
  ])('refuses %s as %s', async (_, name, input) => {
    const { ask } = await given();

    await expect(ask(input as never)).rejects.toMatchObject({ name });
  });

  it('forgets what is older than 15 days', async () => {
    const { counts } = await given();
    const add = (time: string) => counts.add('one', { beganMs: Date.parse(time), hasFailed: false });

    add('2026-11-05T11:59:00Z');
    add('2026-11-05T12:01:00Z');
    add('2026-11-20T12:00:00Z');

    expect(counts.of('one').map(({ atMs }) => new Date(atMs).toISOString())).toEqual([
      '2026-11-05T12:01:00.000Z',
      '2026-11-20T12:00:00.000Z',
    ]);
  });
});

describe('Lambda', () => {
  it('counts each invocation in the minute in which it began, one that cannot be loaded as failed', async () => {
    const { counts } = createCloudWatch({ clock: fakeClock() });
    const functions = [
      defineFunction('export const handler = async () => 1;', { name: 'good' }),
      defineFunction("throw new Error('a broken deploy');", { name: 'broken' }),
    ];
    const { invoke } = await startLambda(functions, {
      clock: fakeClock('2026-11-20T11:10:30Z'),
      onInvoked: counts.add,
    });

    await invoke({}, 'good');
    await invoke({}, 'broken');

    const atMs = at('11:10:00').getTime();
    expect(counts.of('good')).toEqual([{ atMs, invocations: 1, errors: 0 }]);
    expect(counts.of('broken')).toEqual([{ atMs, invocations: 1, errors: 1 }]);
    expect(counts.of()).toEqual([{ atMs, invocations: 2, errors: 1 }]);
  });
});
