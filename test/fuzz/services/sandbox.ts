import { type Json, mutate, toText } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzedService, parseJson } from '../service.ts';

const TYPES = ['contacts', 'deals', '0-1', 'constructor', '__proto__', 'toString', '%', 'x'.repeat(3_000)];
const batch = (random: Random): Json => ({
  inputs: [
    { id: random.pick(['a@example.com', 'A@example.com', 'x']), idProperty: 'email', properties: { firstname: 'Ada' } },
    {
      id: '1',
      idProperty: random.pick(['number', '__proto__']),
      properties: { constructor: 'x' },
      objectWriteTraceId: '1',
    },
  ],
});

/** Method, path and a good body of each call that the sandbox knows, and of some that it does not. */
const calls = (random: Random): [string, string, Json][] => [
  ['POST', `/crm/crm/v3/objects/${random.pick(TYPES)}/batch/upsert`, batch(random)],
  ['POST', '/crm/crm/v3/objects/contacts/batch/upsert', batch(random)],
  ['PUT', `/crm/crm/v4/objects/${random.pick(TYPES)}/1/associations/default/${random.pick(TYPES)}/2`, {}],
  ['GET', '/crm/account-info/v3/details', {}],
  ['POST', '/chat/chat.postMessage', { channel: '#sales', text: random.pick(['Hello', '\0', 'x'.repeat(40_001)]) }],
  ['POST', '/chat/auth.test', {}],
  ['POST', '/own/hooks', { type: 'x', data: { id: 1 } }],
  ['PUT', `/own/${random.pick(['a', '%', '%ff', '..', 'x'.repeat(3_000)])}`, { id: 1 }],
  ['PUT', `/${random.pick(['crm', 'chat', 'own'])}/mode`, { mode: 'ok' }],
  ['GET', `/${random.pick(['crm', 'chat', 'own', '__proto__', '', '%'])}/${random.pick(['mode', 'nothing', ''])}`, {}],
  ['DELETE', `/${random.pick(['crm', 'chat', 'own'])}/records`, {}],
];
const HEADERS: [string, string][] = [
  ['webhook-id', 'x'.repeat(64)],
  ['webhook-id', '__proto__'],
  ['webhook-timestamp', '1'],
  ['webhook-signature', 'v1,x'],
  ['idempotency-key', '\xff'],
  ['authorization', 'Basic x'],
];

export const sandbox: FuzzedService = {
  name: 'sandbox',
  endpoint: 'sandbox',
  request(random) {
    const [method, target, value] = random.pick(calls(random));
    const headers = Array.from({ length: random.int(4) }, () => random.pick(HEADERS));
    const type = random.pick(['application/json', 'application/x-www-form-urlencoded', 'text/plain']);
    return {
      method: random.percent(5) ? random.pick(['PATCH', 'DELETE', 'HEAD', 'OPTIONS']) : method,
      target,
      headers: [['authorization', 'Bearer x'], ['content-type', type], ...headers],
      body: Buffer.from(toText(random.percent(25) ? value : withoutBreaking(mutate(value, random)))),
    };
  },
  complaint({ status, headers, body }) {
    // A vendor that is told to be down answers 503; 501 is what the sandbox leaves out.
    if (status === 500 || status > 503) return `it failed: ${body}`;
    if (status === 204 || status === 503) return undefined;
    if (headers['content-type'] !== 'application/json') return `the content type is ${headers['content-type']}`;
    const json = parseJson(body) as { error?: unknown; status?: unknown; message?: unknown } | undefined;
    if (!json) return 'the body is no JSON';
    if (status < 400) return undefined;
    const isError = typeof json.error === 'string' || (json.status === 'error' && typeof json.message === 'string');
    return isError ? undefined : 'the error is not the vendor’s';
  },
};

/** Told to lose its answers, it would. */
const withoutBreaking = (value: Json): Json =>
  typeof value === 'object' && value !== null && 'mode' in value && value.mode === 'lose-answers' ? {} : value;
