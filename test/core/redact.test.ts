import { expect, it } from 'vitest';
import { redact } from '../../functions/core/redact.ts';

it.each([
  ['mail ada.l+x@mail.example.com now', 'mail <email> now'],
  ['token sk_live_4eC39HqLyjWDarjtT1zdp7dc is bad', 'token <token> is bad'],
  ['card 4242424242424242', 'card <number>'],
  ['order 123456 of a\n\tday', 'order 123456 of a day'],
])('%s becomes %s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

it('takes no longer for a text of megabytes', () => {
  const started = performance.now();

  const redacted = redact('a'.repeat(5_000_000));

  expect(redacted).toHaveLength(200);
  expect(performance.now() - started).toBeLessThan(500);
});
