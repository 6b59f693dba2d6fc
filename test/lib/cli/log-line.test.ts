import { expect, test } from 'vitest';
import { logLine } from '../../../lib/cli/log-line.ts';

const shown = (fields: object) => logLine('deliver-orders', JSON.stringify(fields));
const COMMON = {
  ...{ level: 'INFO', message: 'delivery.attempted', timestamp: '2026-11-20T09:30:01.123Z', service: 'syncline' },
  ...{ flow: 'orders', cold_start: true, function_arn: 'arn', function_request_id: 'id', function_memory_size: '256' },
};

test('shows time, level, function, message and what was said', () => {
  const line = shown({ ...COMMON, deliveryId: 'orders/shop/1', attempt: 1, outcome: 'delivered', nextAt: null });

  expect(line).toBe(
    '09:30:01.123 INFO  deliver-orders  delivery.attempted  deliveryId=orders/shop/1 attempt=1 outcome=delivered',
  );
});

test('shows what failed, and words in quotes', () => {
  const line = shown({
    ...COMMON,
    level: 'ERROR',
    reason: 'two words',
    error: { name: 'TypeError', message: 'no id' },
  });

  expect(line).toBe('09:30:01.123 ERROR deliver-orders  delivery.attempted  TypeError: no id  reason="two words"');
});

test('leaves out metrics', () => {
  expect(shown({ _aws: { Timestamp: 1 }, Delivered: 1 })).toBeUndefined();
});

test.each(['Error: no such file', '[1, 2]', 'null', ''])('shows a line that is no log entry as it is: %j', (line) => {
  expect(logLine('deliver-orders', line)).toBe(`deliver-orders | ${line}`);
});
