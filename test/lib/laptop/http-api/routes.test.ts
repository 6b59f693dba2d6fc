import { describe, expect, test } from 'vitest';
import { matchRoute } from '../../../../lib/laptop/http-api/routes.ts';
import { post, startApi } from './setup.ts';

const routes = [
  '$default',
  'ANY /{proxy+}',
  'ANY /hooks/{source}',
  'POST /hooks/{source}',
  'POST /hooks/shop',
  'GET /hooks/{source}/log/{proxy+}',
].map((key) => {
  const [method = 'ANY', path = '$default'] = key === '$default' ? [] : key.split(' ');
  return { ...post, method, path };
});

describe('the route of a request', () => {
  test.each([
    ['POST', '/hooks/shop', 'POST /hooks/shop', {}],
    ['POST', '/hooks/shop?a=/x', 'POST /hooks/shop', {}],
    ['POST', '/hooks/crm', 'POST /hooks/{source}', { source: 'crm' }],
    ['PUT', '/hooks/shop', 'ANY /hooks/{source}', { source: 'shop' }],
    ['GET', '/hooks/shop/log/a/b', 'GET /hooks/{source}/log/{proxy+}', { source: 'shop', proxy: 'a/b' }],
    ['POST', '/hooks/shop/log/a', 'ANY /{proxy+}', { proxy: 'hooks/shop/log/a' }],
    ['POST', '/hooks/shop/', 'ANY /{proxy+}', { proxy: 'hooks/shop/' }],
    ['POST', '/hooks/%zz', 'POST /hooks/{source}', { source: '%zz' }],
    ['GET', '/', '$default', {}],
  ])('%s %s is the most specific one', (method, url, routeKey, pathParameters) => {
    expect(matchRoute(routes, method, url)).toMatchObject({ routeKey, pathParameters });
  });

  test.each([
    ['GET', '/hooks/shop'],
    ['POST', '/hooks'],
    ['POST', '/hooks/'],
    ['POST', '/hooks/a/b'],
  ])('%s %s is none when nothing matches', (method, url) => {
    expect(matchRoute([post], method, url)).toBeUndefined();
  });

  test('that is none is a 404, until the routes are replaced', async () => {
    const { api, send, accesses } = await startApi({ statusCode: 200 });
    const before = await send({ path: '/other' });

    api.updateRoutes([{ ...post, path: '/other' }]);

    expect(before).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
    expect(before.headers['content-type']).toBe('application/json');
    expect((await send({ path: '/other' })).status).toBe(200);
    expect(accesses.map(({ status, routeKey }) => ({ status, routeKey }))).toEqual([
      { status: 404, routeKey: undefined },
      { status: 200, routeKey: 'POST /other' },
    ]);
  });
});
