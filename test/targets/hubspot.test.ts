import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Call, HttpOperation, ResultOf } from '../../functions/core/target.ts';
import { hubspot } from '../../functions/targets/hubspot.ts';
import { answered, contextOf, type ErrorCase, responseOf, runCall, seen, targetSuite } from '../suites/target-suite.ts';
import errors from './hubspot.errors.json' with { type: 'json' };

const crm = hubspot('crm');
const connection = { token: 'pat-test' };
const upserted = (id: string, more: object = {}) => ({
  id,
  properties: { email: 'ada@example.com' },
  createdAt: '2026-11-19T23:59:59.000Z',
  updatedAt: '2026-11-20T00:00:00.000Z',
  archived: false,
  new: true,
  ...more,
});
const batch = (more: object) => ({
  status: 'COMPLETE',
  startedAt: '2026-11-20T00:00:00.000Z',
  completedAt: '2026-11-20T00:00:00.100Z',
  ...more,
});
const association = {
  from: { id: '77' },
  to: { id: '51' },
  associationSpec: { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 3 },
};

targetSuite({
  target: crm,
  connection,
  answers: {
    upsertContact: {
      answer: { status: 200, body: batch({ results: [upserted('51', { new: false })] }) },
      result: { id: '51', created: false },
    },
    upsertDeal: {
      answer: { status: 200, body: batch({ results: [upserted('77')] }) },
      result: { id: '77', created: true },
    },
    associate: {
      answer: { status: 200, body: batch({ results: [association] }) },
      result: { fromId: '77', toId: '51' },
    },
  },
  errors: errors as ErrorCase[],
});

describe('hubspot requests', () => {
  it('a contact is found by its email and keeps its other properties', async () => {
    const call = crm.upsertContact({ email: 'ada@example.com', properties: { firstname: 'Ada' } });

    const { sent } = await runCall(
      call,
      connection,
      answered({ status: 200, body: batch({ results: [upserted('1')] }) }),
    );

    expect(sent[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert',
      headers: { authorization: 'Bearer pat-test', 'content-type': 'application/json' },
    });
    expect(JSON.parse(String(sent[0]!.body))).toEqual({
      inputs: [{ id: 'ada@example.com', idProperty: 'email', properties: { firstname: 'Ada' } }],
    });
  });

  it('any two records are associated', async () => {
    const call = crm.associate({ from: { type: 'deals', id: '77' }, to: { type: 'companies', id: '9' } });

    const { sent } = await runCall(
      call,
      connection,
      answered({ status: 200, body: batch({ results: [association] }) }),
    );

    expect(sent[0]).toMatchObject({
      method: 'PUT',
      url: 'https://api.hubapi.com/crm/v4/objects/deals/77/associations/default/companies/9',
      body: undefined,
    });
  });

  it.each([
    ['an id that is not digits', crm.associate({ dealId: '../1', contactId: '2' })],
    ['a type that is a path', crm.associate({ from: { type: 'a/b', id: '1' }, to: { type: 'deals', id: '1' } })],
    ['an email without an @', crm.upsertContact({ email: 'ada' })],
  ])('%s is never sent', async (_, call) => {
    const { error, sent } = await runCall(call, connection, answered({ status: 200 }));

    expect(seen(error)).toMatchObject({ errorClass: 'validation', code: 'input' });
    expect(sent).toEqual([]);
  });

  it('an answer that names no record leaves the outcome unknown', async () => {
    const call = crm.upsertContact({ email: 'ada@example.com' });

    const { error } = await runCall(call, connection, answered({ status: 200, body: batch({ results: [] }) }));

    expect(seen(error)).toMatchObject({ errorClass: 'transient', outcome: 'unknown' });
  });
});

describe('hubspot batches', () => {
  type Contact = { email: string };
  const operation = crm.definition.operations.upsertContact as HttpOperation<unknown, Contact, object, 'upsert'>;
  const { request, results, max } = operation.batch!;

  it('holds a hundred records, each with its number', async () => {
    const inputs = [{ email: 'ada@example.com' }, { email: 'bob@example.com' }];

    const { body } = request(inputs, await contextOf(crm, connection));

    expect(max).toBe(100);
    expect(JSON.parse(String(body)).inputs).toMatchObject([
      { id: 'ada@example.com', objectWriteTraceId: '0' },
      { id: 'bob@example.com', objectWriteTraceId: '1' },
    ]);
  });

  it('pairs results with inputs by number, whatever their order', () => {
    const error = {
      status: 'error',
      category: 'VALIDATION_ERROR',
      message: 'no',
      context: { objectWriteTraceId: ['1'] },
    };
    const body = batch({
      results: [upserted('93', { objectWriteTraceId: '3' }), upserted('90', { objectWriteTraceId: '0', new: false })],
      errors: [error],
    });

    expect(results(responseOf({ status: 207, body }))).toEqual([
      { id: '90', created: false },
      { failure: { errorClass: 'validation', code: 'VALIDATION_ERROR', message: 'no' } },
      { failure: expect.objectContaining({ errorClass: 'transient', outcome: 'unknown' }) },
      { id: '93', created: true },
    ]);
  });

  it('cannot be read when a result does not say which record it is', () => {
    const body = batch({ results: [upserted('90')] });

    expect(() => results(responseOf({ status: 200, body }))).toThrow('a result without our objectWriteTraceId');
  });
});

it('hubspot calls carry their ids, inputs and results as types', () => {
  expectTypeOf(crm.upsertContact({ email: 'a@b.co' })).toExtend<Call<'hubspot.upsertContact'>>();
  expectTypeOf<ResultOf<ReturnType<typeof crm.upsertContact>>>().toEqualTypeOf<{ id: string; created?: boolean }>();
  expectTypeOf<ResultOf<ReturnType<typeof crm.associate>>>().toEqualTypeOf<{ fromId: string; toId: string }>();
  expectTypeOf(crm.upsertDeal.repeatableBy).toEqualTypeOf<'upsert'>();
  // @ts-expect-error: values of properties are text
  crm.upsertContact({ email: 'a@b.co', properties: { age: 3 } });
});
