import { beforeEach, expect, it } from 'vitest';
import { crm, openSandbox } from './support.ts';

const sandbox = await openSandbox();
beforeEach(() => sandbox.empty('crm'));

const post = (body: unknown, headers: Record<string, string> = { authorization: 'Bearer pat-sandbox' }) =>
  sandbox.fetch('/crm/crm/v3/objects/contacts/batch/upsert', { method: 'POST', headers, body: JSON.stringify(body) });
const input = (id: string, more: object = {}) => ({ id, idProperty: 'email', properties: {}, ...more });

it('creates a contact and then updates it', async () => {
  const first = await sandbox.send(crm.upsertContact({ email: 'Ada@Example.com', properties: { firstname: 'Ada' } }));
  const second = await sandbox.send(crm.upsertContact({ email: 'ada@example.com', properties: { lastname: 'L' } }));

  expect(first).toEqual({ id: expect.stringMatching(/^\d+$/), created: true });
  expect(second).toEqual({ ...first, created: false });
  expect((await sandbox.list('crm')).records).toEqual([
    {
      type: 'contacts',
      id: (first as { id: string }).id,
      key: 'ada@example.com',
      fields: { firstname: 'Ada', email: 'ada@example.com', lastname: 'L' },
      writes: 2,
    },
  ]);
});

it('counts no write for an upsert that changes nothing, but its call', async () => {
  const call = crm.upsertContact({ email: 'ada@example.com', properties: { firstname: 'Ada' } });

  await sandbox.send(call);
  await sandbox.send(call);

  expect(await sandbox.list('crm')).toMatchObject({ records: [{ writes: 1 }], calls: 2 });
});

it('associates a deal with a contact, once', async () => {
  const contact = (await sandbox.send(crm.upsertContact({ email: 'ada@example.com' }))) as { id: string };
  const deal = (await sandbox.send(crm.upsertDeal({ uniqueProperty: 'order_id', value: '1001' }))) as { id: string };
  const ids = { dealId: deal.id, contactId: contact.id };

  const linked = await sandbox.send(crm.associate(ids));
  await sandbox.send(crm.associate(ids));
  const back = crm.associate({ from: { type: 'contact', id: contact.id }, to: { type: '0-3', id: deal.id } });
  await sandbox.send(back);

  expect(linked).toEqual({ fromId: deal.id, toId: contact.id });
  const { records } = await sandbox.list('crm');
  expect(records.map(({ type, key, writes }) => ({ type, key, writes }))).toEqual([
    { type: 'contacts', key: 'ada@example.com', writes: 1 },
    { type: 'deals', key: '1001', writes: 1 },
    { type: 'association', key: `deals:${deal.id}->contacts:${contact.id}`, writes: 1 },
  ]);
});

it('does not associate what does not exist', async () => {
  expect(await sandbox.send(crm.associate({ dealId: '404', contactId: '405' }))).toMatchObject({
    errorClass: 'not-found',
    code: 'OBJECT_NOT_FOUND',
  });
  expect((await sandbox.list('crm')).records).toEqual([]);
});

it('refuses an invalid email as HubSpot does', async () => {
  expect(await sandbox.send(crm.upsertContact({ email: 'ada@nowhere' }))).toMatchObject({
    errorClass: 'validation',
    code: 'VALIDATION_ERROR',
    outcome: 'refused',
  });
});

it('answers for each record of a batch whose inputs have trace ids', async () => {
  const inputs = [input('ada@example.com', { objectWriteTraceId: '0' }), input('nobody', { objectWriteTraceId: '1' })];

  const response = await post({ inputs });

  expect(response.status).toBe(207);
  expect(await response.json()).toMatchObject({
    status: 'COMPLETE',
    results: [{ new: true, objectWriteTraceId: '0' }],
    numErrors: 1,
    errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['1'] } }],
  });
});

it('writes all of a batch without trace ids, or nothing', async () => {
  const response = await post({ inputs: [input('ada@example.com'), input('nobody')] });

  expect(response.status).toBe(400);
  expect((await sandbox.list('crm')).records).toEqual([]);
});

it.each([
  ['a value that is not text', { inputs: [input('ada@example.com', { properties: { age: 3 } })] }],
  ['no inputs', { inputs: [] }],
  ['a record without idProperty', { inputs: [{ id: '1', properties: {} }] }],
  ['a record twice', { inputs: [input('ada@example.com'), input('ADA@example.com')] }],
  ['more than 100', { inputs: Array.from({ length: 101 }, (_, number) => input(`a${number}@example.com`)) }],
])('refuses %s', async (_, body) => {
  const response = await post(body);

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ status: 'error', category: 'VALIDATION_ERROR' });
});

it('asks for a bearer token', async () => {
  const response = await post({ inputs: [input('ada@example.com')] }, {});

  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ category: 'INVALID_AUTHENTICATION' });
});

it('answers the probe', async () => {
  const { path } = crm.definition.probe!.request({})!;

  const response = await sandbox.fetch(`/crm${path}`, { headers: { authorization: 'Bearer pat-sandbox' } });

  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ accountType: 'SANDBOX' });
});

it('says by name what is not part of it', async () => {
  const response = await sandbox.fetch('/crm/crm/v3/objects/contacts/search', {
    method: 'POST',
    headers: { authorization: 'Bearer pat-sandbox' },
  });

  expect(response.status).toBe(501);
  expect(await response.json()).toEqual({
    error: '[syncline] [sandbox] hubspot: POST /crm/v3/objects/contacts/search is not part of the sandbox',
  });
});
