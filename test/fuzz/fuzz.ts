import { type Case, createCase } from './cases.ts';
import { createHealth } from './health.ts';
import { services } from './services/index.ts';
import { type Server, startServer } from './start-server.ts';
import { replayCommand, send } from './wire.ts';

const LANES = 4;
const TIMEOUT_MS = 5_000;
const HEALTH_EVERY = 500;

export type Failure = {
  what: string;
  /** Runs the same case again; then the same bytes without the fuzzer. */
  again: string;
  command: string;
};
export type FuzzReport = { cases: number; durationMs: number; failures: Failure[] };

/**
 * Sends so many requests to the services in turn, several at a time.
 *
 * @param options.only The name of the one service to be tried. @default all
 * @param options.first Number of the first case. @default 0
 * @throws Error when the services end, or one of them is not well: the cases under way are named.
 */
export async function fuzz(options: {
  cases: number;
  seed: number;
  only?: string;
  first?: number;
}): Promise<FuzzReport> {
  const { cases, seed, first = 0 } = options;
  const tried = services.filter(({ name }) => options.only === undefined || name === options.only);
  if (tried.length === 0)
    throw new Error(`there is no ${options.only}: ${services.map(({ name }) => name).join(', ')}`);
  const server = await startServer();
  try {
    const health = createHealth(server.urls);
    await health.prepare();
    const startedAt = performance.now();
    const failures: Failure[] = [];
    for (let start = 0; start < cases; start += HEALTH_EVERY) {
      const numbers = Array.from(
        { length: Math.min(HEALTH_EVERY, cases - start) },
        (_, index) => first + start + index,
      );
      const batch = numbers.map((number) => createCase(tried[number % tried.length]!, seed, number));
      failures.push(...(await run(batch, seed, server)));
      await health.check().catch((error) => {
        throw new Error(`${error.message} after the cases ${numbers[0]} to ${numbers.at(-1)} of seed ${seed}`);
      });
    }
    return { cases, durationMs: performance.now() - startedAt, failures };
  } finally {
    await server.stop();
  }
}

async function run(batch: readonly Case[], seed: number, server: Server): Promise<Failure[]> {
  const failures: Failure[] = [];
  const left = batch.values();
  const underWay = new Set<Case>();
  const lane = async () => {
    for (const one of left) {
      underWay.add(one);
      const outcome = await send(server.urls[one.service.endpoint], one.sent, TIMEOUT_MS);
      if (outcome === 'no-answer') throw endOf('no answer came', server, [...underWay].map(again(seed)));
      if (server.ended()) throw endOf(`the server ended ${server.ended()}`, server, [...underWay].map(again(seed)));
      const complaint = one.complaint(outcome);
      if (complaint) failures.push(failureOf(one, seed, server, complaint));
      underWay.delete(one);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const said = server.complaints();
  const [first] = failures;
  if (first) first.what += `\n${said}`;
  else if (said)
    throw new Error(`the server wrote, in the cases ${batch[0]!.number} to ${batch.at(-1)!.number}: ${said}`);
  return failures;
}

const endOf = (what: string, server: Server, commands: string[]) =>
  new Error(`${what}: ${server.complaints()}\nunder way were\n  ${commands.join('\n  ')}`);

const again = (seed: number) => (one: Case) =>
  `node test/fuzz/main.ts --seed ${seed} --only ${one.service.name} --case ${one.number}`;

function failureOf(one: Case, seed: number, { urls }: Server, complaint: string): Failure {
  return {
    what: `${one.service.name}: ${complaint}`,
    again: again(seed)(one),
    command: replayCommand(urls[one.service.endpoint], one.sent),
  };
}
