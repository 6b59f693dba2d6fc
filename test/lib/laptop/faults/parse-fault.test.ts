import { expect, test } from 'vitest';
import { readFault } from '../../../../lib/laptop/faults/fault.ts';
import { parseFault } from '../../../../lib/laptop/faults/parse-fault.ts';

const kinds = 'throttle, fail, refuse-connections, delay, drop-answer, kill-function, skew-clock';

test.each([
  ['throttle:dynamodb:for=30s', { kind: 'throttle', service: 'dynamodb', forMs: 30_000 }],
  [
    'throttle:sqs:operation=SendMessage:per-second=5',
    { kind: 'throttle', service: 'sqs', operation: 'SendMessage', perSecond: 5 },
  ],
  ['fail:s3:times=2', { kind: 'fail', service: 's3', status: 500, times: 2 }],
  ['fail:s3:status=503', { kind: 'fail', service: 's3', status: 503 }],
  ['refuse-connections:sqs:for=1d', { kind: 'refuse-connections', service: 'sqs', forMs: 86_400_000 }],
  [
    'delay:secretsmanager:by=1.5s:probability=0.5',
    { kind: 'delay', service: 'secretsmanager', delayMs: 1500, probability: 0.5 },
  ],
  ['drop-answer:sqs:times=1', { kind: 'drop-answer', service: 'sqs', times: 1 }],
  ['kill-function:deliver', { kind: 'kill-function', functionName: 'deliver', times: 1 }],
  [
    'kill-function:deliver:after=500ms:times=3',
    { kind: 'kill-function', functionName: 'deliver', afterMs: 500, times: 3 },
  ],
  [
    'kill-function:deliver:at=dynamodb:moment=after',
    { kind: 'kill-function', functionName: 'deliver', service: 'dynamodb', moment: 'after', times: 1 },
  ],
  ['skew-clock:deliver:by=-5m', { kind: 'skew-clock', functionName: 'deliver', skewMs: -300_000 }],
])('%s is a fault', (text, fault) => {
  const parsed = parseFault(text);

  expect(parsed).toEqual(fault);
  expect(readFault(parsed)).toEqual(fault);
});

test.each([
  ['', `there is no fault ''; the faults are ${kinds}`],
  ['throtle:sqs', `there is no fault 'throtle'; the faults are ${kinds}`],
  ['constructor:sqs', `there is no fault 'constructor'; the faults are ${kinds}`],
  ['throttle:sns', 'expected one of "sqs"|"dynamodb"|"s3"|"secretsmanager"|"lambda"|"scheduler"'],
  ['throttle', 'throttle: service: Invalid option'],
  [
    'throttle:sqs:fro=3s',
    "throttle has no option 'fro'; the options of throttle are for=…, probability=…, times=…, operation=…, per-second=…",
  ],
  ['throttle:sqs:constructor=3s', "throttle has no option 'constructor'"],
  ['throttle:sqs:for', "option 'for' has no value"],
  ['throttle:sqs:for=30', "'30' is no time; write a number and one of ms, s, m, h, d: 30s"],
  ['throttle:sqs:for=3constructor', "'3constructor' is no time"],
  ['throttle:sqs:times=many', 'times: Invalid input: expected number'],
  ['throttle:sqs:probability=1.5', 'probability: Too big'],
  ['fail:sqs:status=404', 'status: Invalid option: expected one of 500|503'],
  ['delay:sqs', 'delay: delayMs: Invalid input'],
  ['kill-function', 'kill-function: functionName: Invalid input'],
  ['kill-function:deliver:after=1s:at=sqs', 'takes afterMs or service, not both'],
  ['kill-function:deliver:operation=PutItem', 'takes operation and moment only with a service'],
  ['skew-clock:deliver:by=1m:times=2', "skew-clock has no option 'times'"],
])('%s is none', (text, message) => {
  expect(() => parseFault(text)).toThrow(message);
});

test.each([
  [undefined, `there is no fault 'undefined'; the faults are ${kinds}`],
  [null, "there is no fault 'undefined'"],
  [[], "there is no fault 'undefined'"],
  [{ kind: 'toString' }, "there is no fault 'toString'"],
  [
    { kind: 'drop-answer', service: 'sqs', delayMs: 3 },
    'drop-answer: Unrecognized key: "delayMs"; a fault drop-answer has service, operation, forMs, probability, times',
  ],
])('%j is none', (given, message) => {
  expect(() => readFault(given)).toThrow(message);
});
