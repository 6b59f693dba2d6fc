/**
 * What our connectors send, judged by documents that the vendors wrote. Every operation has a canary: a request known to
 * be bad, because a judge that accepts everything looks like a connector without fault.
 *
 * Not judged: HubSpot's probe, whose API is in none of the documents, and headers.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HttpOperation, HttpRequest, Repeatable, Target } from '../../functions/core/target.ts';
import { hubspot } from '../../functions/targets/hubspot.ts';
import { slack } from '../../functions/targets/slack.ts';
import { contextOf } from '../suites/target-suite.ts';
import { type Judge, judgeBy } from '../targets/openapi.ts';

type AnyOperation = HttpOperation<unknown, unknown, object, Repeatable['by']>;
/** A mistake made to a good request, and what the judge must say of it. */
type Canary = { mistake: string; make: (request: HttpRequest) => HttpRequest; said: RegExp };

function document(file: string) {
  const folder = process.env.SYNCLINE_VENDOR_DOCUMENTS;
  if (!folder) {
    throw new Error(
      '[syncline] [contracts] SYNCLINE_VENDOR_DOCUMENTS is not set; it must be the folder in which targets/specs/*.json lie',
    );
  }
  return JSON.parse(readFileSync(join(folder, 'targets', 'specs', file), 'utf8'));
}

const body = (change: (body: string) => string) => (request: HttpRequest) => ({
  ...request,
  body: change(String(request.body)),
});
const misspelt: Canary = {
  mistake: 'a misspelt field',
  make: body((json) => json.replace('"idProperty"', '"idproperty"')),
  said: /^body\/inputs\/0 must NOT have additional properties {"additionalProperty":"idproperty"}$/,
};
const numbers: Canary = {
  mistake: 'a number for a property',
  make: body((json) => json.replace(/"properties":\{/, '"properties":{"count":49,')),
  said: /^body\/inputs\/0\/properties\/count must be string/,
};
const noList: Canary = {
  mistake: 'text for a list',
  make: body(() => '{"inputs":"x"}'),
  said: /^body\/inputs must be array/,
};
const wrongMethod: Canary = {
  mistake: 'the wrong method',
  make: (request) => ({ ...request, method: 'POST' }),
  said: /^no POST at/,
};
const wrongPath: Canary = {
  mistake: 'the wrong path',
  make: (request) => ({ ...request, path: request.path.replace('/default', '') }),
  said: /^no path for/,
};
const needlessBody: Canary = {
  mistake: 'a body',
  make: (request) => ({ ...request, body: '{}' }),
  said: /^a body where there is none$/,
};
const noChannel: Canary = {
  mistake: 'a missing channel',
  make: body(() => 'text=hi'),
  said: /^body must have required property 'channel'/,
};
const unknownField: Canary = {
  mistake: 'an unknown field',
  make: body((form) => `${form}&chanel=x`),
  said: /^body must NOT have additional properties/,
};
const wrongType: Canary = {
  mistake: 'the wrong content type',
  make: (request) => ({ ...request, headers: { 'content-type': 'text/plain' } }),
  said: /^content type "text\/plain" instead of/,
};

const vendors: { target: Target; file: string; connection: object; canaries: Record<string, Canary[]> }[] = [
  {
    target: hubspot('hubspot'),
    file: 'hubspot.json',
    connection: { token: 'pat-test' },
    canaries: {
      upsertContact: [misspelt, numbers, noList],
      upsertDeal: [misspelt, numbers, noList],
      associate: [wrongMethod, wrongPath, needlessBody],
    },
  },
  {
    target: slack('slack'),
    file: 'slack.json',
    connection: { token: 'xoxb-test' },
    canaries: { postMessage: [noChannel, unknownField, wrongType] },
  },
];

describe.each(vendors)('$file', ({ target, file, connection, canaries }) => {
  const judge: Judge = judgeBy(document(file));
  const { operations } = target.definition;
  const requestOf = async (name: string) => {
    const { request, sample } = operations[name] as AnyOperation;
    return request(sample.input, await contextOf(target, connection));
  };

  it('has canaries for every operation', () => {
    expect(Object.keys(canaries).sort()).toEqual(Object.keys(operations).sort());
  });

  it.each(Object.keys(operations))('accepts what %s sends', async (name) => {
    expect(judge(await requestOf(name))).toBe('valid');
  });

  const batches = Object.entries(operations).flatMap(([name, operation]) =>
    'batch' in operation && operation.batch ? [{ name, batch: operation.batch, input: operation.sample.input }] : [],
  );
  for (const { name, batch, input } of batches) {
    it(`accepts what ${name} sends for many`, async () => {
      expect(judge(batch.request([input, input], await contextOf(target, connection)))).toBe('valid');
    });
  }

  const cases = Object.entries(canaries).flatMap(([name, list]) => list.map((canary) => ({ name, ...canary })));
  it.each(cases)('refuses $name with $mistake', async ({ name, make, said }) => {
    expect(judge(make(await requestOf(name)))).toMatch(said);
  });
});

it('slack.json accepts the probe', () => {
  expect(judgeBy(document('slack.json'))(slack('slack').definition.probe!.request({})!)).toBe('valid');
});

describe('checks.json', () => {
  type Check = { document: string; method: HttpRequest['method']; path: string; headers: Record<string, string> };
  type Sent = { body: unknown };
  const checks: (Check & { valid: Sent; invalid: Sent })[] = document('checks.json').checks;
  const ours = checks.filter(({ document: file }) => vendors.some((vendor) => vendor.file === file));
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

  it.each(ours)('$document: $method $path tells good from bad', ({ document: file, valid, invalid, ...request }) => {
    const judge = judgeBy(document(file));

    expect(judge({ ...request, body: text(valid.body) })).toBe('valid');
    expect(judge({ ...request, body: text(invalid.body) })).toMatch(/^body/);
  });
});
