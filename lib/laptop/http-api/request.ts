import type { IncomingMessage } from 'node:http';

/** Request line and headers together. */
export const maxHeaderBytes = 10_240;

/** A request's body; what Lambda takes is less. */
const maxBodyBytes = 10 * 1024 * 1024;

/** Bytes of the request line and the header lines, as they came. */
export function headerBytes({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): number {
  const line = `${method} ${url} HTTP/${httpVersion}\r\n`.length;
  // Each name and value with its share of `: ` and the line's end.
  return rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text, 'latin1') + 2, line);
}

/**
 * Takes what a sender still sends of a request that is refused before its end. Whoever is answered while he sends gets his
 * connection reset, and never reads the answer.
 */
export async function drain(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return;
  await new Promise((resolve) => incoming.once('end', resolve).once('close', resolve).resume());
}

/** The bytes exactly as received. Of a body above the limit the rest is left unread. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer | 'too-large'> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBodyBytes) return 'too-large';
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > maxBodyBytes) return 'too-large';
  }
  return Buffer.concat(chunks, length);
}
