import { expect, test } from 'vitest';
import { sources } from '../../../functions/sources/index.ts';
import { newPair } from '../../../lib/laptop/vendor-side.ts';
import { explain } from '../../../lib/ops/explain/explain.ts';
import { fresh } from '../../suites/source-suite.ts';

const URL_THERE = 'https://hub.example/v1/webhooks/vendor';

/** A sample of a kind under a new connection, as the trial of a door on whose URL, clock and secret all agree. */
function trialOf(kind: keyof typeof sources) {
  const source = sources[kind]('vendor');
  const { definition } = source;
  const { connection, vendor } = newPair(definition);
  const [type = ''] = Object.keys(definition.types);
  const body = (definition.encode ?? JSON.stringify)(definition.types[type]?.sample(fresh(1)));
  const { headers, query = '' } = definition.sign({ type, body, fresh: fresh(1), url: URL_THERE }, vendor);
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const [method = 'POST'] = definition.methods.toSorted(
    (one, other) => Number(other === 'POST') - Number(one === 'POST'),
  );
  const request = { method, rawQuery: query, headers: lower, body: Buffer.from(body) };
  return { source, trial: { request, connections: [connection], publicUrl: URL_THERE, now: fresh(1).now.getTime() } };
}

const KNOWLEDGE = {
  ...{ set: 'syncline secrets set', former: [], others: {} },
  fetchKey: async () => Promise.reject(new Error('no key')),
};

test.each(Object.keys(sources) as (keyof typeof sources)[])(
  '%s tells of a line break more than was signed',
  async (kind) => {
    const { source, trial } = trialOf(kind);
    const body = Buffer.concat([trial.request.body, Buffer.from('\n')]);

    const explanation = await explain(source, { ...trial, request: { ...trial.request, body } }, KNOWLEDGE);

    const bySignature = [[{ about: 'body', what: 'the body that was signed is without the line break at its end' }]];
    const isSigned = source.definition.proof === 'signature' && explanation.verdict !== 'valid';
    expect(explanation.because).toMatchObject(isSigned ? bySignature : []);
    expect(explanation.verdict).toMatch(isSigned ? /^bad-signature$/ : /^valid$/);
  },
);

test.each(Object.keys(sources) as (keyof typeof sources)[])('%s tells no secret, whatever it is sent', async (kind) => {
  const { source, trial } = trialOf(kind);
  const other = newPair(source.definition).connection;

  const explanation = await explain(source, { ...trial, connections: [other] }, KNOWLEDGE);

  const said = JSON.stringify(explanation);
  for (const word of JSON.stringify([other, trial.connections]).match(/[A-Za-z0-9+/]{20,}/g) ?? []) {
    expect(said).not.toContain(word);
  }
});
