import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Starts a server that only this machine can reach.
 *
 * @param port 0 takes a free one.
 * @returns Its URL, `http://127.0.0.1:<port>`.
 * @throws Error with code `EADDRINUSE` when the port is taken.
 */
export async function listenOnLoopback(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Breaks what is open, and resolves when the port is free again. */
export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
