/** What it costs in CPU to verify a request of 4 KB, for each kind of source on the shelf. */
import type { AnySource, FetchKey, SourceRequest, Verdict, VerifyContext } from '../../functions/core/source.ts';
import { check } from '../../functions/core/standard-schema.ts';
import { sources } from '../../functions/sources/index.ts';
import { newPair } from '../../lib/laptop/vendor-side.ts';
import { freshValues } from '../../lib/ops/send.ts';
import { requestOf, urlOf } from '../../lib/ops/vectors/judge-vector.ts';
import { type Setting, settingOf } from '../../lib/ops/vectors/schemes.ts';
import type { Vector } from '../../lib/ops/vectors/vector.ts';
import selection from '../fixtures/source-vectors.json' with { type: 'json' };
import { report } from './report.ts';

const ROUNDS = 7;
const CALLS = 400;
const BODY_BYTES = 4_096;
const FIELDS = 32;
const URL_THERE = 'https://hub.example/v1/webhooks/bench';

/** Of an HMAC; what other vendors have chosen (public keys, XML that names the sender) is only told. */
const MAX_HMAC_MICROSECONDS = 30;
/** Vendors that sign the fields of a form in their order: each is decoded, sorted and written again. */
const SORTED = { twilio: 100, mandrill: 100 } as Readonly<Record<string, number>>;

type Case = { readonly what: string; readonly request: SourceRequest; readonly context: VerifyContext<unknown> };

export async function benchVerify(): Promise<void> {
  for (const [kind, create] of Object.entries(sources)) {
    const { definition } = create('bench');
    const own = await sampleCase(definition);
    const one = (await isValid(definition, own)) ? own : await vectorCase(kind);
    if (!one) {
      process.stdout.write(`verify, ${kind}: not measured, its samples need a key that nobody has here\n`);
      continue;
    }
    const values: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const microseconds = await cpuPerCall(definition, one);
      if (round >= 0) values.push(microseconds);
    }
    const max = SORTED[kind] ?? (definition.sheet.signs.includes('HMAC') ? MAX_HMAC_MICROSECONDS : undefined);
    const aim = one === own && max !== undefined ? { max } : {};
    report({ name: `verify ${one.what}, ${kind}`, values, unit: 'µs CPU', ...aim });
  }
}

/** A sample of the connector, as large as the others, under a new connection. */
async function sampleCase(definition: AnySource): Promise<Case> {
  const { connection, vendor } = newPair(definition);
  const fresh = freshValues();
  const bodies = Object.entries(definition.types).map(
    ([type, { sample }]) => [type, padded(definition, sample(fresh))] as const,
  );
  // Of a vendor that sends both, forms take longer than JSON.
  const [type, body] = bodies.find(([, text]) => !/^[[{]/.test(text)) ?? bodies[0] ?? ['', ''];
  const { headers, query = '' } = definition.sign({ type, body, fresh, url: URL_THERE }, vendor);
  const checked = await check(definition.connection, connection);
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    what: '4 KB',
    request: { method: 'POST', rawQuery: query, headers: lower, body: Buffer.from(body) },
    context: contextOf('value' in checked ? [checked.value] : [], fresh.now.getTime()),
  };
}

/** Fields where there are fields, items where there is a list: as a larger event of the vendor would be. */
function padded({ encode = JSON.stringify }: AnySource, sample: unknown): string {
  const text = encode(sample);
  const missing = BODY_BYTES - text.length;
  if (missing <= 0 || typeof sample !== 'object' || sample === null) return text;
  if (Array.isArray(sample)) {
    return encode(Array.from({ length: Math.ceil(BODY_BYTES / text.length) }, () => sample).flat());
  }
  const value = 'x'.repeat(Math.max(1, Math.floor(missing / FIELDS) - '"field10":"",'.length));
  const fields = Array.from({ length: FIELDS }, (_, index) => [`field${index}`, value]);
  return encode({ ...sample, ...Object.fromEntries(fields) });
}

/** A vendor's own request, with the key that belongs to it, where a connector cannot sign alone. */
async function vectorCase(kind: string): Promise<Case | undefined> {
  for (const vector of selection as readonly Vector[]) {
    const setting = settingOrNothing(vector);
    if (vector.expected !== 'accept' || setting?.source.definition.kind !== kind) continue;
    const { connections, fetchKey, source } = setting;
    const request = requestOf(vector.request);
    const context = { ...contextOf(connections, vector.now * 1_000, fetchKey), publicUrl: urlOf(vector) };
    const one = { what: `${request.body.length} bytes`, request, context };
    if (await isValid(source.definition, one)) return one;
  }
  return undefined;
}

function settingOrNothing(vector: Vector): Setting | undefined {
  try {
    return settingOf(vector);
  } catch {
    return undefined;
  }
}

const noKey: FetchKey = async (url) => Promise.reject(new Error(`no key for ${url}`));

const contextOf = (secrets: readonly unknown[], now: number, fetchKey = noKey): VerifyContext<unknown> => ({
  ...{ secrets, publicUrl: URL_THERE, now, fetchKey },
});

async function isValid({ verify }: AnySource, { request, context }: Case): Promise<boolean> {
  try {
    return (await verify(request, context)) === 'valid';
  } catch {
    return false;
  }
}

async function cpuPerCall({ verify }: AnySource, { request, context }: Case): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < CALLS; call++) {
    const verdict: Verdict | Promise<Verdict> = verify(request, context);
    if (typeof verdict !== 'string') await verdict;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}
