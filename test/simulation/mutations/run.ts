/**
 * Does the simulation notice? Core, deliberately broken in one place at a time, in a copy that is thrown away.
 *
 * Each mutation is a mistake that somebody could make with good intentions; a seed must catch it soon.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CALLS } from './calls.ts';
import { CLAIMS } from './claims.ts';
import { EDGE } from './edge.ts';
import { ENTITIES } from './entities.ts';
import type { Mutation } from './mutation.ts';
import { WAITS } from './waits.ts';

export const MUTATIONS = [...CLAIMS, ...CALLS, ...WAITS, ...EDGE, ...ENTITIES];
const SEEDS = 3_000;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** @returns Whether every mutation was caught. */
export async function runMutations(only?: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-mutations-'));
  try {
    for (const part of ['functions/core', 'test/fixtures/sheet.ts', 'test/memory', 'test/simulation']) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const missed: string[] = [];
    const wanted = MUTATIONS.filter(({ name }) => only === undefined || name.includes(only));
    if (wanted.length === 0) throw new Error(`no mutation has '${only}' in its name: nothing would be proved`);
    const mutated = wanted.map((mutation) => ({ mutation, files: mutatedFiles(mutation) }));
    for (const { mutation, files } of mutated) {
      const caught = await tryMutation(folder, mutation.name, files);
      console.log(`${caught ?? `MISSED in ${SEEDS} seeds`}  ${mutation.name}`);
      if (caught === undefined) missed.push(mutation.name);
    }
    console.log(JSON.stringify({ mutations: wanted.length, missed }));
    return missed.length === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What a mutation makes of the files that it changes, by their path in the project.
 *
 * @throws Error when a text that it replaces does not stand there, or more than once.
 */
export function mutatedFiles({ name, edits }: Mutation): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [file, from, to] of edits) {
    const text = files.get(file) ?? readFileSync(join(ROOT, file), 'utf8');
    if (text.split(from).length !== 2) throw new Error(`mutation '${name}': ${file} has not exactly one '${from}'`);
    files.set(
      file,
      text.replace(from, () => to),
    );
  }
  return files;
}

/** @returns How it was caught, undefined when it was not. */
async function tryMutation(
  folder: string,
  name: string,
  files: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  try {
    for (const [file, text] of files) writeFileSync(join(folder, file), text);
    const main = join(folder, 'test/simulation/main.ts');
    const output = await run(process.execPath, [main, '--seed', '1', '--seeds', String(SEEDS)], {
      maxBuffer: 2 ** 26,
    }).catch((error: { stdout: string; stderr: string }) => error);
    const [, seed, invariant] = /^seed (\d+) violates "(.*)"$/m.exec(output.stdout) ?? [];
    if (seed === undefined && !output.stdout.trimEnd().endsWith('}')) throw new Error(`${name}: ${output.stderr}`);
    return seed && `${seed.padStart(4)} ${seed === '1' ? 'seed ' : 'seeds'}  ${invariant!.padEnd(36)}`;
  } finally {
    for (const file of files.keys()) cpSync(join(ROOT, file), join(folder, file));
  }
}
