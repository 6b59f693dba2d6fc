import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

/** What functions write: a file each in `<folder>`, appended. */
export function openLogs(folder: string, echo?: (name: string, line: string) => void) {
  mkdirSync(folder, { recursive: true });
  const streams = new Map<string, WriteStream>();
  const streamOf = (name: string) => {
    const stream = streams.get(name) ?? createWriteStream(join(folder, `${name}.log`), { flags: 'a', mode: 0o600 });
    streams.set(name, stream);
    return stream;
  };
  return {
    write(name: string, line: string) {
      streamOf(name).write(`${line}\n`);
      echo?.(name, line);
    },
    async close() {
      await Promise.all([...streams.values()].map((stream) => new Promise((resolve) => stream.end(resolve))));
    },
  };
}
