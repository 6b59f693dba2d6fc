import { createHash, hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * A digest of files: of their names and contents, in whatever order they come.
 *
 * @param salt What else it stands for.
 */
export function digestOf(files: Iterable<readonly [path: string, contents: Uint8Array]>, salt = ''): string {
  const lines = Array.from(files, ([path, contents]) => `${path} ${hash('sha256', contents)}`);
  return createHash('sha256')
    .update([salt, ...lines.sort()].join('\n'))
    .digest('hex');
}

/** Of all that a folder holds. */
export function folderDigest(folder: string): string {
  const paths = filesBelow(folder).map((file) => relative(folder, file).replaceAll(sep, '/'));
  return digestOf(paths.map((path) => [path, readFileSync(join(folder, path))]));
}

/** Whatever is no folder, symbolic links among it. */
export const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
