/**
 * The spool: what SQS refused and nobody will send us again (docs/delivery.md, rule 8).
 *
 * An object holds the messages of one request that SQS did not take, by flow. It comes from ingest, when a source's vendor
 * never retries, and goes only when SQS has every message of it; one that cannot be read stays. A crash before it goes
 * makes copies of the same `acceptId`, which the ledger knows (rule 2).
 */
import { METRICS, SPOOL_PREFIX } from './names.ts';
import type { Clock, Queues, Random, Spool, Telemetry } from './ports.ts';
import { countOf, type Messages, send } from './publish.ts';
import { describeError } from './redact.ts';

/** Enough for a first call of S3 by a cold client and one repeat; SQS has the rest of the vendor's patience. */
const SPOOL_MS = 2_000;
/** Of a vendor's short patience, S3 gets one part in so many. */
const SPOOL_SHARE = 3;
/** SQS gets so long for one object, so that one bad queue does not hold up the others. */
const SEND_MS = 5_000;
/** No object is begun this shortly before the deadline: sending it and removing it takes a moment. */
const LAST_START_MS = 8_000;

/**
 * Sends messages; what SQS does not take is spooled, if the sender never retries.
 *
 * @param options.answerBy Milliseconds since the epoch at which the sender must have its answer.
 * @returns How many messages were spooled.
 * @throws When SQS did not take every message, and they are not spooled either.
 */
export async function sendOrSpool(
  messages: Messages,
  options: { source: string; retries: boolean; answerBy: number },
  ports: {
    queues: Pick<Queues, 'send'>;
    spool: Pick<Spool, 'put'>;
    clock: Clock;
    random: Random;
    telemetry: Telemetry;
  },
): Promise<number> {
  const { source, retries, answerBy } = options;
  const { clock, random, spool, telemetry } = ports;
  const shareMs = retries ? 0 : Math.min(SPOOL_MS, Math.max(0, answerBy - clock.now()) / SPOOL_SHARE);
  const refused = await send(messages, ports.queues, answerBy - shareMs);
  if (!refused) return 0;
  if (retries) throw refused.error;
  const key = keyOf(clock.now(), source, random.id());
  try {
    await spool.put(key, encode(refused.messages), answerBy);
  } catch (error) {
    throw new Error(`${describeError(refused.error)}; and not spooled: ${describeError(error)}`, { cause: error });
  }
  const count = countOf(refused.messages);
  telemetry.count(METRICS.spooled);
  const fields = { source, object: key, messages: count, error: describeError(refused.error) };
  telemetry.log('error', 'spooled', fields);
  return count;
}

export type PublishSpooledPorts = { queues: Pick<Queues, 'send'>; spool: Spool; clock: Clock; telemetry: Telemetry };

export type SpoolCounts = {
  /** Objects of which SQS has every message now; they are gone. */
  published: number;
  /** Messages that SQS took. */
  messages: number;
  /** Objects that stay because SQS or S3 failed: the next run tries them again. */
  failed: number;
  /** Objects that stay because they cannot be read: somebody must look. */
  unreadable: number;
};

/**
 * Sends what is spooled to its queues, the oldest first, and removes an object only when SQS has all of it.
 *
 * @param deadline Milliseconds since the epoch; no object is begun in the last 8 s before it, and the rest waits.
 * @throws When the spool cannot be listed.
 */
export async function publishSpooled(ports: PublishSpooledPorts, deadline: number): Promise<SpoolCounts> {
  const { clock, spool, telemetry } = ports;
  const counts: SpoolCounts = { published: 0, messages: 0, failed: 0, unreadable: 0 };
  const badFlows = new Set<string>();
  for (let keys = await spool.list(); keys.length > 0; keys = await spool.list(keys.at(-1))) {
    for (const key of keys) {
      if (clock.now() > deadline - LAST_START_MS) return counts;
      try {
        await publishObject(key, badFlows, counts, ports);
      } catch (error) {
        counts.failed++;
        telemetry.log('error', 'spooled request not published', { object: key, error: describeError(error) });
      }
    }
  }
  return counts;
}

async function publishObject(
  key: string,
  badFlows: Set<string>,
  counts: SpoolCounts,
  { spool, queues, clock, telemetry }: PublishSpooledPorts,
): Promise<void> {
  const object = await spool.get(key);
  if (!object) return;
  const decoded = decode(object);
  if ('problem' in decoded) {
    counts.unreadable++;
    telemetry.log('error', 'spooled request not readable', { object: key, problem: decoded.problem });
    return;
  }
  const { messages } = decoded;
  const bad = new Map([...messages].filter(([flow]) => badFlows.has(flow)));
  const tried = new Map([...messages].filter(([flow]) => !badFlows.has(flow)));
  if (tried.size === 0) {
    counts.failed++;
    return;
  }
  const refused = await send(tried, queues, clock.now() + SEND_MS);
  for (const flow of refused?.messages.keys() ?? []) badFlows.add(flow);
  const left = new Map([...bad, ...(refused?.messages ?? [])]);
  counts.messages += countOf(messages) - countOf(left);
  if (left.size === 0) {
    await spool.remove(key);
    counts.published++;
    return;
  }
  // What was sent must not be sent again by every run: a late copy of a stopped delivery counts as a redrive.
  if (left.size < messages.size) await spool.put(key, encode(left), clock.now() + SEND_MS);
  counts.failed++;
  const fields = { object: key, flows: [...left.keys()], ...(refused && { error: describeError(refused.error) }) };
  telemetry.log('error', 'spooled request not published', fields);
}

/** Names in the order of time: a list of them begins with the oldest. */
const keyOf = (now: number, source: string, id: string) =>
  `${SPOOL_PREFIX}${new Date(now).toISOString().replaceAll(':', '')}/${source}/${id}`;

const encode = (messages: Messages): Buffer => {
  const bodies = [...messages].map(([flow, ofFlow]) => [flow, ofFlow.map(({ body }) => body)]);
  return Buffer.from(JSON.stringify({ v: 1, messages: Object.fromEntries(bodies) }));
};

/** @returns The messages, or what is wrong: a newer version wrote it, or somebody else did. */
function decode(object: Buffer): { messages: Messages } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(object.toString('utf8'));
  } catch {
    return { problem: 'it is not JSON' };
  }
  const { v, messages } = Object(value) as { v?: unknown; messages?: unknown };
  if (v !== 1) return { problem: `its version ${String(v)} is not 1` };
  if (typeof messages !== 'object' || messages === null) return { problem: 'it has no messages' };
  const flows = Object.entries(messages);
  const isWrong = ([, bodies]: [string, unknown]) =>
    !Array.isArray(bodies) || bodies.length === 0 || bodies.some((body) => typeof body !== 'string');
  if (flows.length === 0 || flows.some(isWrong)) return { problem: 'its messages are not lists of texts by flow' };
  return { messages: new Map(flows.map(([flow, bodies]) => [flow, bodies.map((body: string) => ({ body }))])) };
}
