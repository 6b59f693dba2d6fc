import { expect, it } from 'vitest';
import { deliveryId, ledgerKey } from '../../functions/core/delivery-id.ts';

const address = (key: string) => ({ flow: 'orders', source: 'shop', key });

it('names a delivery as people paste it', () => {
  expect(deliveryId(address('gid://shop/1'))).toBe('orders/shop/gid://shop/1');
});

it.each(['evt_1', 'a.b:c-D_9', 'x'.repeat(128)])('keeps the plain key %s', (key) => {
  expect(ledgerKey(address(key))).toBe(`orders#shop#${key}`);
});

it.each([['gid://shop/1'], ['a#b'], ['ü'], [''], [' '], ['x'.repeat(129)], ['a\nb'], [`sha256:${'0'.repeat(64)}`]])(
  'hashes the key %j',
  (key) => {
    expect(ledgerKey(address(key))).toMatch(/^orders#shop#sha256:[0-9a-f]{64}$/);
    expect(ledgerKey(address(key))).not.toBe(`orders#shop#${key}`);
  },
);

it('gives a key that looks hashed a place of its own', () => {
  const hashed = ledgerKey(address('gid://shop/1')).slice('orders#shop#'.length);

  expect(ledgerKey(address(hashed))).not.toBe(ledgerKey(address('gid://shop/1')));
});
