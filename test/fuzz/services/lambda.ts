import { mutate, toText } from '../mutate.ts';
import { authorization, type FuzzedService, isFrontRefusal, parseJson } from '../service.ts';

const MAPPING = '/2015-03-31/event-source-mappings/00000000-0000-4000-8000-000000000001';
const NAMES = [
  ...[
    'fuzzed',
    'fuzzed',
    'fuzzed',
    'none',
    '%',
    '%ff',
    '%2F',
    'constructor',
    '__proto__',
    'x'.repeat(5_000),
    ':',
    'a:function',
  ],
  'arn:aws:lambda:eu-central-1:000000000000:function:fuzzed:$LATEST',
];
const HEADERS: [string, string][] = [
  ['x-amz-invocation-type', 'Event'],
  ['x-amz-invocation-type', 'DryRun'],
  ['x-amz-log-type', 'Tail'],
  ['x-amz-client-context', '\xff'],
  ['x-amzn-trace-id', '\xff\xfe'],
  ['x-amzn-trace-id', 'x'.repeat(5_000)],
  ['content-type', 'text/plain'],
];

export const lambda: FuzzedService = {
  name: 'lambda',
  endpoint: 'aws',
  request(random) {
    const name = random.pick(NAMES);
    const changed = (value: Parameters<typeof mutate>[0]) => toText(random.percent(20) ? value : mutate(value, random));
    const [method, target, text] = random.pick([
      () => ['POST', `/2015-03-31/functions/${name}/invocations`, changed({ order: { id: 1, lines: ['x'] } })],
      () => ['POST', `/2015-03-31/functions/${name}/invocations?Qualifier=1`, '{}'],
      () => ['GET', `/2015-03-31/functions/${name}`, ''],
      () => ['GET', `/2015-03-31/event-source-mappings?FunctionName=${name}&EventSourceArn=%ff`, ''],
      () => ['GET', random.pick([MAPPING, `${MAPPING}x`, MAPPING.replace('0000-', '%-')]), ''],
      () => ['PUT', MAPPING, changed({ Enabled: random.percent(50), ScalingConfig: { MaximumConcurrency: 2 } })],
      () => ['PUT', MAPPING, changed({ FunctionName: 'fuzzed', ScalingConfig: {} })],
    ] as const)() as [string, string, string];
    const headers = Array.from({ length: random.percent(30) ? 1 : 0 }, () => random.pick(HEADERS));
    return { method, target, headers: [authorization('lambda'), ...headers], body: Buffer.from(text) };
  },
  complaint(answer) {
    if (isFrontRefusal(answer)) return undefined;
    const { status, headers, body } = answer;
    if (status >= 500) return `it failed: ${body}`;
    if (headers['content-type'] !== 'application/json') return `the content type is ${headers['content-type']}`;
    const parsed = parseJson(body);
    if (parsed === undefined) return 'the body is no JSON';
    if (status < 300) return undefined;
    const { Type, Message } = parsed as { Type?: unknown; Message?: unknown };
    if (Type !== 'User' || typeof Message !== 'string') return 'the error has no Type or Message';
    return /^[A-Z]\w+$/.test(headers['x-amzn-errortype'] ?? '') ? undefined : 'the error has no x-amzn-errortype';
  },
};
