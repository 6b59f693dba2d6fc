import { describe, expect, test } from 'vitest';
import { signedUrl } from '../../../functions/sources/common/url.ts';

describe('the URL that a vendor signed', () => {
  const urlOf = (rawQuery: string, connection: { publicUrl?: string } = {}) =>
    signedUrl(
      { method: 'POST', rawQuery, headers: {}, body: Buffer.alloc(0) },
      { publicUrl: 'https://hub.example/v1/webhooks/vendor' },
      connection,
    );

  test('is the hub’s when the connection names no other', () => {
    expect(urlOf('')).toBe('https://hub.example/v1/webhooks/vendor');
    expect(urlOf('', { publicUrl: 'https://hooks.example/in' })).toBe('https://hooks.example/in');
  });

  test('has the query exactly as it was sent', () => {
    expect(urlOf('b=%7e+1&a&a=%C3%BC')).toBe('https://hub.example/v1/webhooks/vendor?b=%7e+1&a&a=%C3%BC');
    expect(urlOf('a=1', { publicUrl: 'https://hooks.example/in' })).toBe('https://hooks.example/in?a=1');
  });
});
