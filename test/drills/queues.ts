import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The messages of one queue, as nobody on AWS can see them. Times are milliseconds since the epoch. */
export type QueueView = {
  /** How many it holds. */
  messages: number;
  /** Waiting for a poller, at that time. */
  visible: number;
  /** Received at most `lostAfterMs` ago, and not hidden or deleted since: somebody works on them. */
  inFlight: number;
  /** When the next one comes back. */
  nextDueAt: number | undefined;
  /** The most receives that one of them has. */
  mostReceives: number;
};

export type Queues = ReturnType<typeof openQueues>;

const SQL = `SELECT count(*) AS messages, sum(visible_at <= :now) AS visible,
  sum(visible_at > :now AND visible_at = received_at + :visibilityMs AND received_at > :now - :lostAfterMs) AS inFlight,
  min(CASE WHEN visible_at > :now THEN visible_at END) AS nextDueAt,
  max(receive_count - receives_elsewhere) AS mostReceives
  FROM message WHERE queue_id = :id`;

/**
 * Looks into a hub's own store of queues, without taking a message: a drill moves time to the next moment at which something
 * is due, and no call of SQS tells when that is.
 */
export function openQueues(folder: string) {
  const file = join(folder, 'sqs.sqlite');
  if (!existsSync(file)) throw new Error(`${file} is not there: has the laptop's SQS moved?`);
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  const queue = database.prepare('SELECT id, attributes FROM queue WHERE name = ?');
  const look = database.prepare(SQL);
  return {
    look(queueName: string, at: { now: number; lostAfterMs: number }): QueueView {
      const { id, attributes } = queue.get(queueName) as { id: number; attributes: string };
      const visibilityMs = Number(JSON.parse(attributes).VisibilityTimeout) * 1_000;
      const seen = look.get({ ...at, id, visibilityMs }) as Record<keyof QueueView, number | null>;
      const { messages, visible, inFlight, nextDueAt, mostReceives } = seen;
      return {
        ...{ messages: messages ?? 0, visible: visible ?? 0, inFlight: inFlight ?? 0 },
        ...{ nextDueAt: nextDueAt ?? undefined, mostReceives: mostReceives ?? 0 },
      };
    },
    close: () => database.close(),
  };
}
