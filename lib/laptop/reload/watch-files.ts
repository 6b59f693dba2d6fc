import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Editors write a file in several steps, and "save all" several files. */
const SETTLE_MS = 50;

/**
 * Calls `onSaved` after files below `functions/`, or `stages.ts`, were saved: once for what belongs together, and never
 * again before the last call has ended.
 */
export function watchFiles(root: string, onSaved: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const saved = () => {
    clearTimeout(timer);
    timer = setTimeout(run, SETTLE_MS);
  };
  const run = () => {
    if (running) return saved();
    running = onSaved().finally(() => (running = undefined));
  };
  const functions = watchTree(join(root, 'functions'), saved);
  const project = watchFolder(root, (name) => name === 'stages.ts' && saved());
  return {
    /** As if a file had been saved. */
    saved,
    async end() {
      functions.close();
      project.close();
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}

/**
 * A watcher for each folder, those that are made later too. Not one with `recursive`: on Linux that follows files, and
 * loses each that an editor replaces by another of the same name (Node 24.21, seen 2026-11-21).
 */
function watchTree(top: string, saved: () => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>();
  const follow = () => {
    const folders = foldersBelow(top);
    const added = folders.filter((folder) => !watchers.has(folder));
    for (const folder of added) watchers.set(folder, watchFolder(folder, onFile));
    for (const [folder, watcher] of watchers) {
      if (folders.includes(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    return added;
  };
  const onFile = (name: string) => {
    // What lies in a new folder was saved before anybody watched it.
    const unseen = name.includes('.') ? [] : follow().flatMap((folder) => readdirSync(folder));
    if ([name, ...unseen].some(isSource)) saved();
  };
  follow();
  return {
    close() {
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

const foldersBelow = (top: string) =>
  readdirSync(top, { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [join(entry.parentPath, entry.name)] : []))
    .concat(top);

function watchFolder(folder: string, onFile: (name: string) => void): FSWatcher {
  const watcher = watch(folder, { persistent: false }, (_event, name) => name !== null && onFile(name));
  // A folder that goes away is told of by the one above it.
  return watcher.on('error', () => {});
}

/** Not what editors leave beside a file: hidden files, backups, swap files. */
const isSource = (name: string) => /\.(ts|mts|js|mjs|json)$/.test(name) && !/^[.#]/.test(name);
