import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Bytes of an object, the first and the last one included. */
export type Range = { start: number; end: number };

/** Writes more bytes; the next ones wait for it. */
export type Write = (bytes: Buffer) => Promise<void>;

/**
 * The bytes of objects in one folder, a file each, under names that no caller chooses. A file is written once, and is on
 * disk before its name is known. Which object it is, the store's rows say.
 */
export type ObjectFiles = {
  /**
   * A new file with what `fill` writes; none when `fill` fails.
   *
   * @returns Its name, and what `fill` answered.
   */
  create<Result>(fill: (write: Write) => Promise<Result>): Promise<{ file: string; result: Result }>;
  /** Opens it at once, so that it is read to the end even if it is removed meanwhile. */
  read(file: string, range?: Range): Readable;
  remove(file: string): void;
  /** Removes what is no longer, or not yet, an object's: the process ended before it could. */
  removeAllBut(files: ReadonlySet<string>): void;
};

export function openObjectFiles(folder: string): ObjectFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (file: string) => join(folder, file);
  return {
    async create(fill) {
      const file = randomUUID();
      const part = path(`${file}.part`);
      try {
        const result = await fillFile(part, fill);
        await rename(part, path(file));
        await flushFolder(folder);
        return { file, result };
      } catch (error) {
        await Promise.all([part, path(file)].map((each) => rm(each, { force: true })));
        throw error;
      }
    },
    read: (file, range) => createReadStream('', { fd: openSync(path(file), 'r'), ...range }),
    remove: (file) => rmSync(path(file), { force: true }),
    removeAllBut(files) {
      for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(path(name));
    },
  };
}

async function fillFile<Result>(part: string, fill: (write: Write) => Promise<Result>): Promise<Result> {
  await using handle = await open(part, 'wx', 0o600);
  const result = await fill((bytes) => handle.appendFile(bytes));
  await handle.sync();
  return result;
}

/** A new name is on disk only when its folder is. */
async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder);
  await handle.sync();
}
