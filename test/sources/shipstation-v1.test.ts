import { describe, expect, test } from 'vitest';
import type { Pair } from '../../functions/core/source.ts';
import { shipstationV1 } from '../../functions/sources/shipstation-v1.ts';
import { sourceSuite } from '../suites/source-suite.ts';

const source = shipstationV1('shipstation-v1');
const { definition } = source;
const pair = (token: string) => definition.pair!(() => token);
const current = pair('RRLlYBllJ0QbuHxdzxQiANZ4Btd7XfGj');

sourceSuite('shipstation-v1', {
  source,
  proofIn: 'query',
  checksBody: true,
  current,
  previous: pair('NssGUg4H74Ed0h7pNQLxioCbFGFrHJHO'),
});

describe('a ShipStation v1 notification', () => {
  const verify = (body: string, connection: object = current.connection as object) =>
    definition.verify(
      { method: 'POST', rawQuery: `token=${tokenOf(current)}`, headers: {}, body: Buffer.from(body) },
      { secrets: [connection], publicUrl: '', now: 0, fetchKey: async () => Promise.reject(new Error('none')) },
    );
  const of = (resource_url: unknown) => JSON.stringify({ resource_url, resource_type: 'ORDER_NOTIFY' });

  test.each([
    ['https://ssapi.shipstation.com/orders?x=1', 'valid'],
    ['https://ssapi6.shipstation.com/orders?x=1', 'valid'],
    ['https://SSAPI6.shipstation.com:443/orders', 'valid'],
    ['http://ssapi.shipstation.com/orders', 'wrong-credential'],
    ['https://ssapi.shipstation.com:8443/orders', 'wrong-credential'],
    ['https://user:word@ssapi.shipstation.com/orders', 'wrong-credential'],
    ['https://ssapi.shipstation.com@evil.example/orders', 'wrong-credential'],
    ['https://ssapi.shipstation.com.evil.example/orders', 'wrong-credential'],
    ['https://ssapi.shipstation.com./orders', 'wrong-credential'],
    ['https://evil-ssapi.shipstation.com/orders', 'wrong-credential'],
    ['https://evil.example\\@ssapi.shipstation.com/orders', 'wrong-credential'],
    ['http://169.254.169.254/latest/meta-data/', 'wrong-credential'],
    ['file:///etc/passwd', 'wrong-credential'],
    ['/orders', 'wrong-credential'],
    ['', 'wrong-credential'],
    [7, 'malformed-credential'],
    [['https://ssapi.shipstation.com/orders'], 'malformed-credential'],
    [undefined, 'malformed-credential'],
  ])('that points to %s is %s', async (url, expected) => {
    expect(await verify(of(url))).toBe(expected);
  });

  test('may point to the connection’s own hosts, and then to no others', async () => {
    const connection = { ...(current.connection as object), resourceHosts: ['ssapi9.shipstation.example'] };

    expect(await verify(of('https://ssapi9.shipstation.example/orders'), connection)).toBe('valid');
    expect(await verify(of('https://ssapi.shipstation.com/orders'), connection)).toBe('wrong-credential');
  });

  test('is refused when it is none', async () => {
    expect(await verify('{"resource_url":"https://ssapi.shipstation.com/orders"')).toBe('malformed-credential');
    expect(await verify('{"resource_url":"https://ssapi.shipstation.com/orders"}')).toBe('malformed-credential');
    expect(await verify('null')).toBe('malformed-credential');
  });
});

const tokenOf = ({ vendor }: Pair<unknown>) => (vendor as { token: string }).token;
