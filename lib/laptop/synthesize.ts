import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * Synthesizes the app, the very one that is deployed, into a folder.
 *
 * In a process of its own: the CDK takes 400 MB that the hub need not keep.
 *
 * @throws Error with what the app said, when it has a mistake.
 */
export async function synthesize(root: string, stage: string, folder: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'bin/app.ts')], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ stage }) },
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
