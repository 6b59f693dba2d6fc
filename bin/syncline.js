#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
// Plain JavaScript, so that an old Node can still say what is missing instead of failing to parse.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const major = Number(process.versions.node.split('.')[0]);

if (!existsSync(join(root, 'node_modules', 'commander'))) {
  console.error('[syncline] the dependencies are not installed: run "npm ci" in the project folder');
  process.exit(1);
}
if (major >= 24) {
  // Halves the start of a command from its second run on.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import('../lib/cli/end-with-reader.ts');
  const { main } = await import('../lib/cli/main.ts');
  await main(process.argv.slice(2));
} else {
  // npm scripts and npx use the project's own Node 24; a bare "node bin/syncline.js" may not.
  const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    console.error(
      `[syncline] this is Node ${process.versions.node}, and the project's own Node 24 is missing: run "npm rebuild node"`,
    );
    process.exit(1);
  }
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(status ?? 1);
}
