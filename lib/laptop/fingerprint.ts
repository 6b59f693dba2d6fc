import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { digestOf, filesBelow } from './digest.ts';

/**
 * What synthesis reads of a project: the app, what it imports, what it bundles, and what npm has installed. A flow imports
 * nothing from elsewhere; a test holds it to that.
 */
const READ = [
  ...['bin', 'lib/stack', 'lib/*.ts', 'lib/laptop/synthesize.ts', 'functions', 'stages.ts', 'tsconfig.json'],
  ...['cdk.json', 'cdk.context.json', 'package.json', 'package-lock.json', 'node_modules/.package-lock.json'],
];

/**
 * A digest of everything that the synthesis of a stage depends on.
 *
 * @returns undefined when it cannot be told: a symbolic link may lead anywhere.
 */
export function fingerprint(root: string, stage: string): string | undefined {
  const files = READ.flatMap((name) => filesAt(root, name));
  if (files.some((file) => lstatSync(file).isSymbolicLink())) return undefined;
  const environment = Object.entries(process.env).filter(([name]) => name.startsWith('CDK_'));
  const salt = JSON.stringify([stage, process.version, environment.sort()]);
  return digestOf(
    files.map((file) => [relative(root, file), readFileSync(file)]),
    salt,
  );
}

function filesAt(root: string, name: string): string[] {
  const path = join(root, name);
  if (name.endsWith('/*.ts')) {
    const folder = join(path, '..');
    return readdirSync(folder).flatMap((file) => (file.endsWith('.ts') ? [join(folder, file)] : []));
  }
  if (!existsSync(path)) return [];
  return lstatSync(path).isDirectory() ? filesBelow(path) : [path];
}
