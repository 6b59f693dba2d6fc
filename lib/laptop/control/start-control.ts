import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Faults } from '../faults/create-faults.ts';
import { readBody } from '../http-api/request.ts';
import { logBug } from '../log-bug.ts';
import { closeServer, listenOnLoopback } from '../loopback.ts';
import type { MovableClock } from '../movable-clock.ts';
import { ControlError, wrongInput } from './control-error.ts';
import { clearFaults, listFaults, replaceFaults } from './faults.ts';
import { advanceTime, readTime } from './time.ts';

export type ControlOptions = {
  /** 0 takes a free one. */
  port: number;
  clock: MovableClock;
  faults: Faults;
};

type Route = (options: ControlOptions, body: Buffer) => object;

const routes: Record<string, Route> = {
  'GET /time': ({ clock }) => readTime(clock),
  'POST /time': ({ clock }, body) => advanceTime(clock, parse(body)),
  'GET /faults': ({ faults }) => listFaults(faults),
  'PUT /faults': ({ faults }, body) => replaceFaults(faults, parse(body)),
  'DELETE /faults': ({ faults }) => clearFaults(faults),
};

/**
 * The control of the hub's time and faults, a loopback HTTP server of JSON; AWS has nothing like it.
 *
 * - `GET /time` -> `{ now, offsetMs }`; `POST /time` with `{ "advanceMs": … }` moves it and answers the same.
 * - `GET /faults` -> `{ faults: [{ id, fault, hits, timesLeft, endsAt }] }`; `PUT /faults` with `{ "faults": [ … ] }` sets
 *   these and no others; `DELETE /faults` clears all.
 *
 * A refusal is `{ "error": { code, message, next } }`. Pages in a browser are refused: they name an `Origin`.
 */
export async function startControl(options: ControlOptions): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing, options));
  const url = await listenOnLoopback(server, options.port);
  return { url, close: () => closeServer(server) };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, options: ControlOptions): Promise<void> {
  try {
    send(outgoing, 200, await run(incoming, options));
  } catch (error) {
    const known = error instanceof ControlError ? error : bug(incoming, error);
    send(outgoing, known.status, { error: { code: known.code, message: known.message, next: known.next } });
  }
}

async function run(incoming: IncomingMessage, options: ControlOptions): Promise<object> {
  if (incoming.headers.origin !== undefined) {
    throw new ControlError(403, 'no-browsers', 'a page in a browser may not control the hub', 'call it from a program');
  }
  const name = `${incoming.method} ${incoming.url?.split('?')[0]}`;
  const route = Object.hasOwn(routes, name) && routes[name];
  if (!route) {
    throw new ControlError(404, 'not-found', `there is no ${name}`, `there are ${Object.keys(routes).join(', ')}`);
  }
  const body = await readBody(incoming);
  if (body === 'too-large') throw new ControlError(413, 'too-large', 'the body is over 10 MiB', 'send less');
  return route(options, body);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw wrongInput('the body is no JSON', 'send a JSON object');
  }
}

function bug({ method, url }: IncomingMessage, error: unknown): ControlError {
  logBug('control', `${method} ${url}`, error);
  return new ControlError(500, 'failed', 'the control failed', "read the hub's standard error");
}

function send(outgoing: ServerResponse, status: number, body: object): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
