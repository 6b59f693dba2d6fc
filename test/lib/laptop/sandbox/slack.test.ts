import { beforeEach, expect, it } from 'vitest';
import { chat, openSandbox } from './support.ts';

const sandbox = await openSandbox();
beforeEach(() => sandbox.empty('chat'));

const authorization = 'Bearer xoxb-sandbox';

it('keeps every message, even the same one twice', async () => {
  const call = chat.postMessage({ channel: '#payments', text: 'a & b' });

  const first = (await sandbox.send(call)) as { channel: string; ts: string };
  const second = (await sandbox.send(call)) as { channel: string; ts: string };

  expect(first).toEqual({
    channel: expect.stringMatching(/^C[A-F0-9]{10}$/),
    ts: expect.stringMatching(/^\d+\.\d{6}$/),
  });
  expect(second.channel).toBe(first.channel);
  expect(await sandbox.list('chat')).toEqual({
    records: [first.ts, second.ts].map((ts) => ({
      ...{ type: 'message', id: ts, key: ts, writes: 1 },
      fields: { channel: '#payments', text: 'a & b' },
    })),
    calls: 2,
  });
});

it.each([
  ['no text', 'channel=C1', 'no_text'],
  ['no channel', 'text=hi', 'channel_not_found'],
  ['too long a text', `channel=C1&text=${'x'.repeat(40_001)}`, 'msg_too_long'],
])('says no to %s with a 200', async (_, form, error) => {
  const response = await sandbox.fetch('/chat/chat.postMessage', {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  });

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ ok: false, error });
});

it('takes JSON as well', async () => {
  const response = await sandbox.fetch('/chat/chat.postMessage', {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ channel: 'C024BE91L', text: 'hi' }),
  });

  expect(await response.json()).toMatchObject({ ok: true, channel: 'C024BE91L', message: { text: 'hi' } });
});

it('answers the probe, and asks for a token', async () => {
  const path = `/chat${chat.definition.probe!.request({})!.path}`;

  const known = await sandbox.fetch(path, { headers: { authorization } });
  const stranger = await sandbox.fetch(path);

  expect(await known.json()).toMatchObject({ ok: true, team: 'Sandbox' });
  expect(await stranger.json()).toEqual({ ok: false, error: 'not_authed' });
});

it('says by name what is not part of it', async () => {
  const response = await sandbox.fetch('/chat/chat.update', { method: 'POST', headers: { authorization } });

  expect(response.status).toBe(501);
  expect(await response.json()).toEqual({
    error: '[syncline] [sandbox] slack: POST /chat.update is not part of the sandbox',
  });
});
