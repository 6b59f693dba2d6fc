import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { readCaptured } from '../ops/explain/captured-request.ts';
import { explainRequest, type Judged } from '../ops/explain/explain-request.ts';
import { answerInWords } from '../ops/explain/handshake.ts';
import { hubAt } from '../ops/hub-address.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { judgeGiven, type VectorVerdict } from '../ops/vectors/judge-vector.ts';
import { readVectors } from '../ops/vectors/read-vectors.ts';
import { definitionsOf, type HubOptions, pick, withHub } from './common.ts';
import { say, sayJson, sayTable } from './output.ts';

type VerifyOptions = HubOptions & { request?: string; now?: number; vendorUrl?: string; vectors?: string };

export function addVerify(program: Command): void {
  withHub(program.command('verify'))
    .description('judge a captured request as the door does, and explain why it is refused')
    .argument('[source]', 'name of the source, see "syncline sources"')
    .option('--request <file>', 'JSON { method, url, headers, body | bodyBase64 }, or a raw HTTP message')
    .option('--now <time>', 'when it arrived, in ISO 8601; the hub’s time when left out', timeOf)
    .option('--vendor-url <url>', 'the source’s URL as it is registered at the vendor')
    .option('--vectors <file>', 'a JSON list of requests with their secrets, and what must come of them; needs no hub')
    .action(async (name: string | undefined, options: VerifyOptions) => {
      const { vectors, request } = options;
      if (name === undefined && vectors !== undefined) return await verifyVectors(vectors, options);
      if (name !== undefined && request !== undefined) return await verifyRequest(name, request, options);
      const next = 'give a source and --request, or --vectors alone';
      throw new OperatorError('wrong-use', 'there is nothing to verify', next);
    });
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('It must be a time such as 2026-11-20T09:30:00Z.');
}

async function verifyRequest(name: string, file: string, options: VerifyOptions): Promise<void> {
  const captured = readCaptured(bytesOf(file));
  const hub = hubAt(options);
  const definitions = await definitionsOf(hub.stage);
  const { source } = pick(definitions.sources, (exported) => exported.source.name, name, 'source');
  const judged = await explainRequest(hub, definitions, source, captured, options);
  if (options.json) sayJson(judged);
  else sayJudged(judged);
  if (judged.verdict !== 'valid') process.exitCode = 1;
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`;
    throw new OperatorError('not-found', why, 'name the file with the captured request');
  }
}

function sayJudged({ source, kind, verdict, signs, now, secret, because, handshake }: Judged): void {
  say(verdict === 'valid' ? `valid: ${source} takes it` : `refused: ${verdict}`);
  if (handshake) say(`  a handshake, which checks the URL and brings no event: ${answerInWords(handshake)}`);
  say(`  ${kind} signs ${signs}`);
  say(`  judged as of ${now}${secret ? `, by the ${secret} secret` : ''}`);
  for (const [at, differences] of because.entries()) {
    say(at === 0 ? 'because' : 'or because');
    for (const { about, what, next } of differences) say(`  ${about.padEnd(7)} ${what}\n          next: ${next}`);
  }
}

async function verifyVectors(file: string, { json = false }: HubOptions): Promise<void> {
  const judged: JudgedVector[] = [];
  for (const vector of readVectors(file)) {
    const verdict = await judgeGiven(vector);
    if (json) sayJson(verdict);
    judged.push({ vector: vector as JudgedVector['vector'], verdict });
  }
  if (!json) sayVerdicts(judged);
}

type JudgedVector = {
  readonly vector: { readonly scheme?: unknown; readonly expected?: unknown } | null | undefined;
  readonly verdict: VectorVerdict;
};

/** A line for each scheme, one for each vector that came out otherwise than it says, and the sum. */
function sayVerdicts(judged: readonly JudgedVector[]): void {
  const schemes = Object.entries(Object.groupBy(judged, ({ vector }) => String(vector?.scheme ?? 'no scheme')));
  const count = (some: readonly JudgedVector[], verdict: string) =>
    `${some.filter((one) => one.verdict.verdict === verdict).length}`;
  const wrong = judged.filter(isWrong);
  sayTable(
    ['scheme', 'accepted', 'rejected', 'otherwise than expected'],
    schemes.map(([scheme, some = []]) => [
      ...[scheme, count(some, 'accept'), count(some, 'reject'), `${some.filter(isWrong).length}`],
    ]),
  );
  for (const { verdict } of wrong) say(`${verdict.id}: ${verdict.verdict}, ${verdict.reason}`);
  const otherwise = wrong.length === 0 ? 'none' : `${wrong.length}`;
  say(`${judged.length} vectors, ${otherwise} otherwise than expected`);
}

const isWrong = ({ vector, verdict }: JudgedVector) =>
  vector?.expected !== undefined && vector.expected !== verdict.verdict;
