import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flow } from '../../../functions/core/flow.ts';
import type { Freshness } from '../../../functions/core/names.ts';
import { operation, target } from '../../../functions/core/target.ts';
import type { NamedFlow } from '../../../lib/definitions.ts';
import { batchSizeOf, paceOf, paceOfFlow } from '../../../lib/stack/pace.ts';
import { shop } from '../../core/given.ts';

type Limit = { requests: number; perMs: number };
const ONE_A_SECOND = { requests: 1, perMs: 1_000 };

const vendor = (name: string, limit: Limit, perKey?: Limit) => {
  const parts = {
    input: z.object({ channel: z.string() }),
    repeatable: { by: 'upsert' },
    request: () => ({ method: 'POST', path: '/' }) as const,
    result: () => ({}),
    sample: { input: { channel: 'c' }, result: {} },
  } as const;
  const paced = perKey && { key: ({ channel }: { channel: string }) => channel, ...perKey };
  return target({
    kind: 'vendor',
    connection: z.object({}),
    baseUrl: () => '',
    auth: { scheme: 'headers', headers: () => ({}) },
    limit,
    sandbox: {},
    operations: {
      post: operation<object>()({ ...parts, ...(paced && { paced }) }),
      put: operation<object>()(parts),
    },
  })(name);
};

type Vendor = ReturnType<typeof vendor>;
type Written = Vendor['post'] | Vendor['put'];
const flowTo = (name: string, to: readonly Written[], freshness: Freshness = 'real-time'): NamedFlow => ({
  name,
  file: `functions/flows/${name}.ts`,
  flow: flow({
    ...{ purpose: 'A test.', owner: 'tests', from: shop, types: ['thing'], payload: z.unknown(), order: 'any' },
    ...{ to, freshness },
    run: async () => to[0]!({ channel: 'c' }) as never,
  }),
});
const several = (count: number, to: Vendor, freshness?: Freshness) =>
  Array.from({ length: count }, (_, number) => flowTo(`flow-${number}`, [to.post], freshness));

const crm = vendor('crm', { requests: 100, perMs: 10_000 });
const chat = vendor('chat', ONE_A_SECOND);

describe('the pace of a target', () => {
  it('is nine tenths of its limit, shared by all workers of the flows that name it', () => {
    const flows = [flowTo('a', [crm.post, chat.post]), flowTo('b', [crm.post, crm.put])];

    expect(paceOf(flows, 'normal')).toEqual({ crm: 0.9, chat: 0.18 });
  });

  it('is given to a flow for its own targets alone', () => {
    const flows = [flowTo('a', [crm.post, chat.post]), flowTo('b', [crm.post])];

    expect(paceOfFlow(flows[1]!, paceOf(flows, 'normal'))).toEqual({ crm: 0.9 });
  });

  it('is a hundred times faster in the test profile', () => {
    expect(paceOf([flowTo('a', [chat.post])], 'test')).toEqual({ chat: 18 });
  });

  it.each([
    [5, 'real-time', true],
    [6, 'real-time', false],
    [10, 'batch', true],
    [11, 'batch', false],
  ] as const)('of one a second, shared by %i flows that are %s, is possible: %s', (count, freshness, possible) => {
    const share = () => paceOf(several(count, chat, freshness), 'normal');

    if (possible) expect(share().chat).toBeCloseTo(0.18 / count, 4);
    else expect(share).toThrow('[syncline] functions/flows/flow-0.ts: ');
  });

  it('that leaves a worker less than one call an invocation is a mistake that says what to do', () => {
    expect(() => paceOf(several(6, chat), 'normal')).toThrow(
      "[syncline] functions/flows/flow-0.ts: 30 workers of 6 flows share target 'chat', one call in 34 s each, and its function ends after 30 s: let fewer flows write there, or give it freshness 'batch'",
    );
    expect(() => paceOf(several(11, chat, 'batch'), 'normal')).toThrow(
      "[syncline] functions/flows/flow-0.ts: 55 workers of 11 flows share target 'chat', one call in 62 s each, and its function ends after 60 s: let fewer flows write there",
    );
  });
});

describe('the batch size', () => {
  const sizeOf = (named: NamedFlow) => batchSizeOf(named, paceOf([named], 'normal'));

  it.each<[string, NamedFlow, number]>([
    ['ten where the target is quick', flowTo('a', [crm.post]), 10],
    ['what fits into 18 s at 0.18 calls a second', flowTo('a', [chat.post]), 3],
    ['more where the function runs longer', flowTo('a', [chat.post], 'batch'), 8],
    ['less where a delivery takes two calls', flowTo('a', [chat.post, chat.put]), 1],
    ['that of the slowest target', flowTo('a', [crm.post, chat.post], 'batch'), 4],
    ['that of the slowest key', flowTo('a', [vendor('chat', { requests: 10, perMs: 1_000 }, ONE_A_SECOND).post]), 3],
    ['never less than one', flowTo('a', [vendor('slow', { requests: 2, perMs: 10_000 }).post]), 1],
  ])('is %s', (_, named, size) => {
    expect(sizeOf(named)).toBe(size);
  });
});
