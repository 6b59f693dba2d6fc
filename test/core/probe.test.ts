import { expect, it } from 'vitest';
import { Unreachable } from '../../functions/core/delivery-error.ts';
import { isProbe, probe } from '../../functions/core/probe.ts';
import type { Target } from '../../functions/core/target.ts';
import { http } from '../../functions/targets/http.ts';
import { hubspot } from '../../functions/targets/hubspot.ts';
import { slack } from '../../functions/targets/slack.ts';
import { answered, memoryClock, memoryHttp, memorySecrets } from '../memory/others.ts';
import { crm, START } from './given.ts';

type Answers = Parameters<typeof memoryHttp>;

function given(target: Target, connections: readonly unknown[], answers: Answers, fresher?: readonly unknown[]) {
  const owner = `target/${target.name}`;
  const secrets = memorySecrets({ [owner]: connections }, fresher && (() => ({ [owner]: fresher })));
  const network = memoryHttp(...answers);
  const ports = { http: network.http, secrets: secrets.secrets, clock: memoryClock(START) };
  return { run: () => probe(target, ports), ports, sent: network.sent, refreshes: secrets.refreshes };
}

const token = { token: 'pat-1' };

it('a target that answers its probe is healthy, asked under the connection’s credentials', async () => {
  const { run, sent } = given(hubspot('crm'), [token], [answered(200, { portalId: 1 })]);

  expect(await run()).toEqual({ healthy: true });
  expect(sent).toMatchObject([
    {
      method: 'GET',
      url: 'https://api.hubapi.com/account-info/v3/details',
      headers: { authorization: 'Bearer pat-1' },
    },
  ]);
});

it('a refusal of our credentials reads the secret again and asks once more', async () => {
  const { run, sent, refreshes } = given(hubspot('crm'), [token], [answered(401), answered(200)], [{ token: 'pat-2' }]);

  expect(await run()).toEqual({ healthy: true });
  expect(sent.map(({ headers }) => headers.authorization)).toEqual(['Bearer pat-1', 'Bearer pat-2']);
  expect(refreshes()).toBe(1);
});

it.each([
  ['the credentials are refused still', [token], [answered(401)], 'auth', 'http-401', [token]],
  ['the secret was read a moment ago', [token], [answered(401)], 'auth', 'http-401', undefined],
  ['there is no connection', [], [], 'auth', 'no-connection', undefined],
  ['the connection does not fit', [{ tokn: 'x' }], [], 'auth', 'bad-connection', undefined],
  ['it is down', [token], [answered(503)], 'transient', 'http-503', undefined],
  ['it cannot be reached', [token], [{ kind: 'not-sent', reason: 'ECONNREFUSED' }], 'transient', 'not-sent', undefined],
  ['it breaks off', [token], [{ kind: 'unknown', reason: 'ECONNRESET' }], 'transient', 'no-answer', undefined],
] as const)('a target is not healthy when %s', async (_, connections, answers, errorClass, code, fresher) => {
  const { run } = given(hubspot('crm'), connections, [...answers] as Answers, fresher);

  expect(await run()).toEqual({ healthy: false, errorClass, code });
});

it.each([
  [{ ok: true }, { healthy: true }],
  [
    { ok: false, error: 'token_revoked' },
    { healthy: false, errorClass: 'auth', code: 'token_revoked' },
  ],
])('Slack says in a 200 how it is: %j', async (body, expected) => {
  const { run } = given(slack('chat'), [token], [answered(200, body)]);

  expect(await run()).toEqual(expected);
});

it('a 200 that cannot be read is not healthy', async () => {
  const { run } = given(slack('chat'), [token], [answered(200, 'maintenance')]);

  expect(await run()).toEqual({ healthy: false, errorClass: 'transient', code: 'unreadable' });
});

it('a service of one’s own is probed below its base URL, where its connection says so', async () => {
  const connection = { baseUrl: 'https://own.example/api/?tenant=7', headers: { 'x-key': 'k' }, probePath: '/health' };
  const { run, sent } = given(http('own'), [connection], [answered(204)]);

  expect(await run()).toEqual({ healthy: true });
  expect(sent).toMatchObject([{ url: 'https://own.example/api/health?tenant=7', headers: { 'x-key': 'k' } }]);
});

it.each([
  ['whose connection names nothing to read', http('own'), { baseUrl: 'https://own.example' }],
  ['that declares none', crm, { token: 't' }],
])('a target %s cannot be probed', async (_, target, connection) => {
  const { run, sent } = given(target, [connection], []);

  expect(await run()).toEqual({ healthy: false, errorClass: 'permanent', code: 'no-probe' });
  expect(sent).toEqual([]);
});

it('a secret that cannot be reached says nothing about the target', async () => {
  const { ports } = given(crm, [], []);
  const secrets = { ...ports.secrets, connections: async () => Promise.reject(new Error('throttled')) };

  await expect(probe(crm, { ...ports, secrets })).rejects.toThrow(Unreachable);
});

it('tells a probe from a batch of the queue', () => {
  expect([isProbe({ probe: 'crm' }), isProbe({ Records: [] }), isProbe({ probe: 7 })]).toEqual([true, false, false]);
});
