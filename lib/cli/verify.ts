import type { Command } from 'commander';
import { OperatorError } from '../ops/operator-error.ts';
import { judgeGiven, type VectorVerdict } from '../ops/vectors/judge-vector.ts';
import { readVectors } from '../ops/vectors/read-vectors.ts';
import { type HubOptions, withHub } from './common.ts';
import { say, sayJson, sayTable } from './output.ts';

type VerifyOptions = HubOptions & { vectors?: string };

export function addVerify(program: Command): void {
  withHub(program.command('verify'))
    .description('judge requests as the door does')
    .option('--vectors <file>', 'a JSON list of requests with their secrets, and what must come of them; needs no hub')
    .action(async (options: VerifyOptions) => {
      if (options.vectors !== undefined) return await verifyVectors(options.vectors, options);
      throw new OperatorError('wrong-use', 'there is nothing to verify', 'name a file with --vectors');
    });
}

async function verifyVectors(file: string, { json = false }: HubOptions): Promise<void> {
  const given = readVectors(file);
  const judged: Judged[] = [];
  for (const vector of given) {
    const verdict = await judgeGiven(vector);
    if (json) sayJson(verdict);
    judged.push({ vector: vector as Judged['vector'], verdict });
  }
  if (!json) sayVerdicts(judged);
}

type Judged = {
  readonly vector: { readonly scheme?: unknown; readonly expected?: unknown } | null | undefined;
  readonly verdict: VectorVerdict;
};

/** A line for each scheme, one for each vector that came out otherwise than it says, and the sum. */
function sayVerdicts(judged: readonly Judged[]): void {
  const schemes = Object.entries(Object.groupBy(judged, ({ vector }) => String(vector?.scheme ?? 'no scheme')));
  const count = (some: readonly Judged[], verdict: string) =>
    some.filter((one) => one.verdict.verdict === verdict).length;
  const wrong = judged.filter(isWrong);
  sayTable(
    ['scheme', 'accepted', 'rejected', 'otherwise than expected'],
    schemes.map(([scheme, some = []]) => [
      ...[scheme, `${count(some, 'accept')}`, `${count(some, 'reject')}`, `${some.filter(isWrong).length}`],
    ]),
  );
  for (const { verdict } of wrong) say(`${verdict.id}: ${verdict.verdict}, ${verdict.reason}`);
  const otherwise = wrong.length === 0 ? 'none' : `${wrong.length}`;
  say(`${judged.length} vectors, ${otherwise} otherwise than expected`);
}

const isWrong = ({ vector, verdict }: Judged) => vector?.expected !== undefined && vector.expected !== verdict.verdict;
