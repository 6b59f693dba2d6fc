import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { folderDigest } from './digest.ts';
import { fingerprint } from './fingerprint.ts';

/** Beside the assembly: what it was made from, and what it was when it was made. */
type Made = { from: string; digest: string };

/**
 * Makes sure that a folder holds the assembly of a stage: the one that lies there when nothing it was made from has
 * changed, else a new one. In doubt a new one.
 *
 * @returns The fingerprint of what it was made from; undefined when that cannot be told.
 * @throws SynthesisFailed with what the app said, when it has a mistake.
 */
export async function synthesized(root: string, stage: string, folder: string): Promise<string | undefined> {
  const record = `${folder}.json`;
  const from = fingerprint(root, stage);
  if (from !== undefined && isMade(record, folder, from)) return from;
  rmSync(record, { force: true });
  rmSync(folder, { recursive: true, force: true });
  await synthesize(root, stage, folder);
  if (from !== undefined) writeFileSync(record, JSON.stringify({ from, digest: folderDigest(folder) } satisfies Made));
  return from;
}

function isMade(record: string, folder: string, from: string): boolean {
  if (!existsSync(record) || !existsSync(folder)) return false;
  try {
    const made = JSON.parse(readFileSync(record, 'utf8')) as Made;
    return made.from === from && made.digest === folderDigest(folder);
  } catch {
    return false;
  }
}

/**
 * Synthesizes the app, the very one that is deployed, into a folder.
 *
 * In a process of its own: the CDK takes 400 MB that the hub need not keep. Its check of the templates against AWS's
 * resource schemas, half of the time, is left to "npm run synth", the tests and the deployment: it changes no template.
 *
 * @throws SynthesisFailed with what the app said, when it has a mistake.
 */
export async function synthesize(root: string, stage: string, folder: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'bin/app.ts')], {
    cwd: root,
    env: {
      ...process.env,
      ...{ CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ stage }), CDK_VALIDATION: 'false' },
      NODE_COMPILE_CACHE: getCompileCacheDir(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new SynthesisFailed(output.trim());
}

/** The app could not be synthesized; the message is what it said. */
export class SynthesisFailed extends Error {}
