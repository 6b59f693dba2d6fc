import { errors } from './errors.ts';

/** A chunk's length with its signature, or trailing headers: what does not end after so much would fill the memory. */
const maxLineBytes = 16 * 1024;

/** Takes lines and bytes off a body as it comes, and holds little of it. */
export type ByteReader = AsyncDisposable & {
  /** Up to `\r\n`, which it takes too. @throws IncompleteBody */
  readLine(): Promise<string>;
  /** What is there: at least one byte, at most `maxBytes`. @throws IncompleteBody */
  readSome(maxBytes: number): Promise<Buffer>;
  /** All lines that are left. @throws IncompleteBody */
  readRest(): Promise<string>;
};

export function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function holdMore(): Promise<boolean> {
    if (held.length > maxLineBytes) throw errors.incompleteBody();
    const { done, value } = await chunks.next();
    if (!done) held = held.length === 0 ? value : Buffer.concat([held, value]);
    return !done;
  }

  function take(bytes: number): Buffer {
    const taken = held.subarray(0, bytes);
    held = held.subarray(taken.length);
    return taken;
  }

  return {
    async readLine() {
      while (!held.includes('\r\n')) if (!(await holdMore())) throw errors.incompleteBody();
      const line = take(held.indexOf('\r\n')).toString('latin1');
      take('\r\n'.length);
      return line;
    },
    async readSome(maxBytes) {
      while (held.length === 0) if (!(await holdMore())) throw errors.incompleteBody();
      return take(maxBytes);
    },
    async readRest() {
      while (await holdMore());
      return take(held.length).toString('latin1');
    },
    async [Symbol.asyncDispose]() {
      await chunks.return?.();
    },
  };
}
