import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { drain, readBody } from '../http-api/request.ts';
import { logBug } from '../log-bug.ts';
import { closeServer, listenOnLoopback } from '../loopback.ts';
import { control } from './control.ts';
import { http } from './http.ts';
import { hubspot } from './hubspot.ts';
import { slack } from './slack.ts';
import { openStore, type Store, type TargetStore } from './store.ts';
import { type Mode, notInSandbox, type Vendor, type VendorAnswer, type VendorCall } from './vendor.ts';

/** The vendors of the sandbox by the kind of target that they stand for. */
const vendors: Readonly<Record<string, Vendor>> = { http, hubspot, slack };

const SLOW_MS = 3_000;

export type SandboxOptions = {
  /** 0 takes a free one. */
  port: number;
  /** The SQLite file for records and modes. */
  file: string;
  clock: Clock;
  /** The kind of each target by its name: `{ crm: 'hubspot' }`. */
  targets: Readonly<Record<string, string>>;
};

/**
 * One loopback HTTP server for every vendor that a target may stand for: `{url}/{target name}/…` is that vendor's API, so
 * a connection's `baseUrl` is `{url}/{target name}`. `control.ts` has the routes that are not the vendor's.
 *
 * @throws Error for a kind that the sandbox has not.
 */
export async function startSandbox(options: SandboxOptions): Promise<{ url: string; close(): Promise<void> }> {
  const kinds = new Map(Object.entries(options.targets));
  for (const [name, kind] of kinds) requireVendor(name, kind);
  const store = openStore(options.file);
  const targets = new Map([...kinds].map(([name, kind]) => [name, { kind, store: store.target(name) }]));
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, targets, store, options.clock).catch((error) => {
      // The client went away while it was sending.
      if (!incoming.complete) return void incoming.socket.destroy();
      logBug('sandbox', `${incoming.method} ${incoming.url?.split('?')[0]}`, error);
      send(outgoing, { status: 500, body: { error: '[syncline] [sandbox] the sandbox failed; its log says where' } });
    });
  });
  const url = await listenOnLoopback(server, options.port).catch((error) => {
    store.close();
    throw error;
  });
  return { url, close: () => closeServer(server).finally(store.close) };
}

function requireVendor(name: string, kind: string): void {
  if (Object.hasOwn(vendors, kind)) return;
  const known = Object.keys(vendors).join(', ');
  throw new Error(`[syncline] [sandbox] target ${name} is of kind ${kind}; the sandbox has ${known}`);
}

type Targets = ReadonlyMap<string, { kind: string; store: TargetStore }>;

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  targets: Targets,
  store: Store,
  clock: Clock,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming;
  const [, name = '', path = '/'] = /^\/([^/?]*)([^?]*)/.exec(url) ?? [];
  const body = await readBody(incoming);
  await drain(incoming);
  const target = targets.get(name);
  if (!target) return send(outgoing, unknownTarget(name, targets));
  if (body === 'too-large') return send(outgoing, { status: 413, body: { error: 'a body of over 10 MiB' } });
  const controlled = control(method, path, body, target.store);
  if (controlled) return send(outgoing, controlled);
  const call = { method, path: path || '/', headers: flatten(incoming.headers), body, now: clock.now() };
  const mode = target.store.mode();
  const said = answerAsVendor(vendors[target.kind]!, mode, call, target.store, store);
  if (mode === 'lose-answers') return void incoming.socket.destroy();
  if (mode === 'slow') await new Promise<void>((resolve) => clock.after(SLOW_MS, resolve));
  send(outgoing, said);
}

function answerAsVendor(vendor: Vendor, mode: Mode, call: VendorCall, target: TargetStore, store: Store): VendorAnswer {
  target.countCall();
  if (mode === 'ok' || mode === 'slow' || mode === 'lose-answers') {
    return store.transaction(() => vendor.handle(call, target.records));
  }
  return vendor.answers[mode];
}

function unknownTarget(name: string, targets: Targets): VendorAnswer {
  const { body } = notInSandbox('a target', JSON.stringify(name));
  return { status: 404, body: { ...body, targets: [...targets.keys()] } };
}

function send(outgoing: ServerResponse, { status, headers, body }: VendorAnswer): void {
  outgoing.writeHead(status, { ...(body && { 'content-type': 'application/json' }), ...headers });
  outgoing.end(body && JSON.stringify(body));
}

function flatten(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
