/** Requests as bytes over TCP: what no HTTP client would send can be sent, and what is answered is seen as it came. */
import { connect } from 'node:net';

export type HttpRequest = {
  method: string;
  /** As it stands in the request line. */
  target: string;
  headers: [string, string][];
  body: Buffer;
};

/**
 * `brokenAt` sends so many bytes and breaks the connection; then nobody waits for an answer. `isClosed` says after the
 * bytes that no more will come: so a server need not wait for the rest of what is no whole request.
 */
export type Sent = { bytes: Buffer; brokenAt?: number; isClosed?: boolean };

export type Answer = { status: number; headers: Record<string, string>; body: Buffer };

/** `closed` is a connection that the server ended without an answer. */
export type Outcome = Answer | 'closed' | 'no-answer' | 'broken';

/** Adds a length, unless the headers say one already or say how the body is framed, and ends the connection after it. */
export function toBytes({ method, target, headers, body }: HttpRequest): Buffer {
  const has = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  const framing: [string, string][] = [
    ...(has('host') ? [] : [['host', '127.0.0.1'] as [string, string]]),
    ...(has('content-length') || has('transfer-encoding')
      ? []
      : [['content-length', `${body.length}`] as [string, string]]),
    ...(has('connection') ? [] : [['connection', 'close'] as [string, string]]),
  ];
  const lines = [...headers, ...framing].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body]);
}

export function send(url: string, sent: Sent, timeoutMs: number): Promise<Outcome> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    let received = Buffer.alloc(0);
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => finish('no-answer'), timeoutMs);
    socket.on('connect', () => {
      if (sent.isClosed) return void socket.end(sent.bytes);
      if (sent.brokenAt === undefined) return void socket.write(sent.bytes);
      socket.write(sent.bytes.subarray(0, sent.brokenAt), () => finish('broken'));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = parse(received, false, sent.bytes);
      if (answer) finish(answer);
    });
    for (const end of ['end', 'error', 'close'])
      socket.on(end, () => finish(parse(received, true, sent.bytes) ?? 'closed'));
  });
}

/** The first final answer; undefined while it is incomplete. */
function parse(received: Buffer, ended: boolean, request: Buffer): Answer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const status = Number(first.split(' ')[1]);
  if (status < 200) return parse(received.subarray(end + 4), ended, request);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = received.subarray(end + 4);
  const length = request.subarray(0, 5).toString() === 'HEAD ' ? 0 : Number(headers['content-length'] ?? Number.NaN);
  const isComplete = Number.isNaN(length) ? ended || status === 204 || status === 304 : body.length >= length;
  return isComplete ? { status, headers, body: unchunk(headers, body.subarray(0, length || body.length)) } : undefined;
}

function unchunk(headers: Record<string, string>, body: Buffer): Buffer {
  if (headers['transfer-encoding'] !== 'chunked') return body;
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const line = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.toString('latin1', at, line), 16);
    if (!(length > 0)) break;
    chunks.push(body.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
  return Buffer.concat(chunks);
}

/** A shell command that sends the same bytes; long ones are left to `--case`. */
export function replayCommand(url: string, { bytes }: Sent): string {
  if (bytes.length > 20_000) return `(${bytes.length} bytes: run the case again)`;
  return `base64 -d <<< ${bytes.toString('base64')} | curl -sS --max-time 5 telnet://${new URL(url).host}`;
}
