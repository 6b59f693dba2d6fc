import type { Random } from '../random.ts';
import { jsonProtocolService } from './json-protocol.ts';

const dimensions = (random: Random) =>
  random.pick([
    [],
    [{ Name: 'FunctionName', Value: 'fuzzed' }],
    [{ Name: 'FunctionName', Value: '__proto__' }],
    [{ Name: 'Resource', Value: 'fuzzed' }],
  ]);
const query = (random: Random) => ({
  Id: random.pick(['a', 'b', 'constructor']),
  MetricStat: {
    Metric: {
      Namespace: 'AWS/Lambda',
      MetricName: random.pick(['Invocations', 'Errors', 'Errors', 'Duration']),
      Dimensions: dimensions(random),
    },
    Period: random.pick([60, 60, 300, 86_400, 10, 2_147_483_640]),
    Stat: random.pick(['Sum', 'Average', 'SampleCount', 'p99', 'toString']),
  },
  ...random.pick([{}, { ReturnData: false }, { Label: 'x' }]),
});
const now = () => Date.now() / 1_000;

export const cloudWatch = jsonProtocolService({
  name: 'monitoring',
  targetPrefix: 'GraniteServiceVersion20100801',
  version: '1.0',
  samples: {
    GetMetricData: (random) => ({
      MetricDataQueries: random.percent(60) ? [query(random)] : [query(random), query(random)],
      StartTime: random.pick([0, now() - 3_600, now() - 0.5]),
      EndTime: random.pick([now(), now() + 3_600, 253_402_300_799]),
      ...random.pick([{}, { ScanBy: 'TimestampAscending' }, { NextToken: 'x' }]),
    }),
  },
});
