import { damage, mutateHead } from './mutate.ts';
import { createRandom, type Random } from './random.ts';
import type { FuzzedService } from './service.ts';
import type { Outcome, Sent } from './wire.ts';
import { type HttpRequest, toBytes } from './wire.ts';

/** One request, and the judgement of what comes back. */
export type Case = {
  service: FuzzedService;
  number: number;
  sent: Sent;
  /** What is wrong with the outcome; undefined when nothing is. */
  complaint(outcome: Outcome): string | undefined;
};

/**
 * Node's own refusals of what is no HTTP: they have no body. One of an `Expect` or a `Host` it makes before the body has
 * come, and whoever sends a long one finds his connection closed.
 */
const BARE = [400, 408, 413, 417, 431];

export function createCase(service: FuzzedService, seed: number, number: number): Case {
  const random = createRandom(seed, service.name, number);
  const kind = random.int(100);
  const request = service.request(random);
  if (kind < 12) return { service, number, sent: damageBytes(toBytes(request), random), complaint: complaintOfBytes };
  const changed = kind < 35 ? mutateHead(request, random) : request;
  const isDamaged = kind >= 35 && kind < 45;
  const final = isDamaged ? { ...changed, body: damage(changed.body, random) } : changed;
  return {
    ...{ service, number, sent: { bytes: toBytes(final) } },
    complaint(outcome) {
      if (outcome === 'closed' && has(final, 'expect')) return undefined;
      if (outcome === 'no-answer' || outcome === 'closed' || outcome === 'broken') return `the outcome is ${outcome}`;
      const isBare = outcome.body.length === 0 && outcome.headers['content-type'] === undefined;
      if (isBare && changed !== request && BARE.includes(outcome.status)) return undefined;
      if (isBare && has(final, 'host') && outcome.status === 400) return undefined;
      if (final.method === 'HEAD' && outcome.status !== 500) return undefined;
      return service.complaint(outcome, final);
    },
  };
}

const has = ({ headers }: HttpRequest, wanted: string) => headers.some(([name]) => name === wanted);

/** What is no whole HTTP request need not be answered; but its connection must end, and nothing may fail. */
function complaintOfBytes(outcome: Outcome): string | undefined {
  if (outcome === 'no-answer') return 'the connection stayed open without an answer';
  return typeof outcome === 'object' && outcome.status >= 500 && outcome.status !== 501 && outcome.status !== 503
    ? `it failed: ${outcome.status} ${outcome.body}`
    : undefined;
}

function damageBytes(bytes: Buffer, random: Random): Sent {
  const at = random.int(bytes.length + 1);
  const edit = (from: RegExp, to: string) => Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
  const damaged = random.pick([
    () => Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.int(4)), bytes.subarray(at)]),
    () => edit(/content-length: (\d+)/, 'content-length: $10'),
    () => edit(/content-length: \d+/, 'content-length: 1'),
    () => edit(/content-length: \d+/, 'content-length: 3\r\ncontent-length: 4'),
    () =>
      edit(
        /content-length: \d+/,
        random.pick(['content-length: -1', 'content-length: x', 'content-length: 99999999999']),
      ),
    () => edit(/content-length: \d+\r\n(.*)\r\n\r\n[\s\S]*/, 'transfer-encoding: chunked\r\n$1\r\n\r\nzz\r\nx\r\n'),
    () =>
      edit(
        /content-length: \d+\r\n(.*)\r\n\r\n[\s\S]*/,
        'transfer-encoding: chunked\r\n$1\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
      ),
    () => edit(/content-length: \d+/, 'transfer-encoding: chunked, gzip\r\ncontent-length: 5'),
    () => edit(/ HTTP\/1.1/, random.pick([' HTTP/1.0', '', ' HTTP/9.9', ' http/1.1', ' HTTP/1.1 x'])),
    () => edit(/^\w+/, random.pick(['get', 'FOO', '', 'CONNECT', 'A'.repeat(9_000), '\0'])),
    () => edit(/\r\n/g, '\n'),
    () => edit(/connection: close/, 'connection: upgrade\r\nupgrade: websocket'),
    () => edit(/connection: close/, 'expect: 100-continue'),
    () => Buffer.concat([edit(/connection: close/, 'connection: keep-alive'), bytes]),
    () => random.bytes(random.int(600)),
  ]);
  if (random.percent(30)) return { bytes, brokenAt: at };
  return { bytes: damaged(), isClosed: true };
}
