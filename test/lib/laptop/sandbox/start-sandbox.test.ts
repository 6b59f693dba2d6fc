import { expect, it } from 'vitest';
import { startSandbox } from '../../../../lib/laptop/sandbox/start-sandbox.ts';
import { fakeClock } from '../fake-clock.ts';
import { chat, crm, openSandbox, service } from './support.ts';

const sandbox = await openSandbox();
const calls = {
  crm: crm.upsertContact({ email: 'ada@example.com' }),
  chat: chat.postMessage({ channel: '#payments', text: 'hi' }),
  service: service.sendWebhook({ type: 'invoice.paid', data: {}, timestamp: '2026-11-20T00:00:00Z' }),
};
type Name = keyof typeof calls;

const limited = { errorClass: 'rate-limit', outcome: 'refused' };
it.each<{ name: Name; mode: string; failure: object }>([
  { name: 'crm', mode: 'down', failure: { errorClass: 'transient', code: 'http-503', outcome: 'unknown' } },
  { name: 'chat', mode: 'down', failure: { errorClass: 'unknown', code: 'http-503', outcome: 'unknown' } },
  { name: 'service', mode: 'down', failure: { errorClass: 'transient', code: 'http-503', outcome: 'unknown' } },
  { name: 'crm', mode: 'rate-limit', failure: { ...limited, code: 'TEN_SECONDLY_ROLLING', retryAfterMs: 10_000 } },
  { name: 'chat', mode: 'rate-limit', failure: { ...limited, code: 'ratelimited', retryAfterMs: 2_000 } },
  { name: 'service', mode: 'rate-limit', failure: { ...limited, code: 'http-429', retryAfterMs: 2_000 } },
  { name: 'crm', mode: 'refuse', failure: { errorClass: 'validation', code: 'VALIDATION_ERROR', outcome: 'refused' } },
  {
    name: 'chat',
    mode: 'refuse',
    failure: { errorClass: 'validation', code: 'invalid_arguments', outcome: 'refused' },
  },
  { name: 'service', mode: 'refuse', failure: { errorClass: 'validation', code: 'http-400', outcome: 'refused' } },
  { name: 'crm', mode: 'revoke', failure: { errorClass: 'auth', code: 'INVALID_AUTHENTICATION', outcome: 'refused' } },
  { name: 'chat', mode: 'revoke', failure: { errorClass: 'auth', code: 'token_revoked', outcome: 'refused' } },
  { name: 'service', mode: 'revoke', failure: { errorClass: 'auth', code: 'http-401', outcome: 'refused' } },
])('$name in mode $mode fails without an effect', async ({ name, mode, failure }) => {
  await sandbox.empty(name);
  await sandbox.setMode(name, mode);

  expect(await sandbox.send(calls[name])).toEqual(failure);
  expect(await sandbox.list(name)).toEqual({ records: [], calls: 1 });
  await sandbox.setMode(name, 'ok');
});

it.each<{ name: Name; errorClass: string; writes: number[] }>([
  { name: 'crm', errorClass: 'transient', writes: [1] },
  { name: 'chat', errorClass: 'unknown', writes: [1, 1] },
  { name: 'service', errorClass: 'transient', writes: [1] },
])('$name in mode lose-answers takes effect and says nothing', async ({ name, errorClass, writes }) => {
  await sandbox.empty(name);
  await sandbox.setMode(name, 'lose-answers');
  const lost = await sandbox.send(calls[name]);
  await sandbox.setMode(name, 'ok');

  const repeated = await sandbox.send(calls[name]);

  expect(lost).toEqual({ errorClass, code: 'no-answer', outcome: 'unknown' });
  expect(repeated).not.toHaveProperty('errorClass');
  expect((await sandbox.list(name)).records.map((record) => record.writes)).toEqual(writes);
});

it('slow takes effect at once and answers after three seconds', async () => {
  await sandbox.empty('crm');
  await sandbox.setMode('crm', 'slow');
  let answer: object | undefined;

  const sent = sandbox.send(calls.crm).then((result) => (answer = result));
  await expect.poll(() => sandbox.clock.pending()).toBe(1);
  await sandbox.clock.advance(2_999);
  const before = { answer, records: (await sandbox.list('crm')).records.length };
  await sandbox.clock.advance(1);
  await sent;

  expect(before).toEqual({ answer: undefined, records: 1 });
  expect(answer).toMatchObject({ created: true });
  await sandbox.setMode('crm', 'ok');
});

it.each([
  ['{"mode":"broken"}', '"broken"'],
  ['{}', 'undefined'],
  ['mode=down', 'undefined'],
])('refuses the mode %s and lists the right ones', async (body, given) => {
  const response = await sandbox.fetch('/crm/mode', { method: 'PUT', body });

  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    error: `[syncline] [sandbox] mode ${given} does not exist; the body must be { "mode": … } with one of ok, down, slow, rate-limit, lose-answers, refuse, revoke`,
  });
  expect(await (await sandbox.fetch('/crm/mode')).json()).toEqual({ mode: 'ok' });
});

it('keeps records, calls and modes over a restart', async () => {
  await sandbox.empty('crm');
  await sandbox.send(calls.crm);
  await sandbox.setMode('crm', 'down');
  const before = await sandbox.list('crm');

  await sandbox.restart();

  expect(await sandbox.list('crm')).toEqual(before);
  expect(await (await sandbox.fetch('/crm/mode')).json()).toEqual({ mode: 'down' });
  await sandbox.setMode('crm', 'ok');
});

it('gives no id a second time after the records were emptied', async () => {
  const first = await sandbox.send(calls.crm);
  await sandbox.empty('crm');

  const second = await sandbox.send(calls.crm);

  expect(second).toMatchObject({ created: true });
  expect(second).not.toEqual(first);
});

it('names its targets to a call for another', async () => {
  const response = await sandbox.fetch('/erp/orders');

  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    error: '[syncline] [sandbox] a target: "erp" is not part of the sandbox',
    targets: ['crm', 'chat', 'service'],
  });
});

it('refuses to start with a kind it does not have', async () => {
  const options = { port: 0, file: ':memory:', clock: fakeClock(), targets: { erp: 'netsuite' } };

  await expect(startSandbox(options)).rejects.toThrow(
    '[syncline] [sandbox] target erp is of kind netsuite; the sandbox has http, hubspot, slack',
  );
});
