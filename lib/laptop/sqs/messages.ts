import type { DatabaseSync } from 'node:sqlite';

/** A message as stored. `database.ts` describes the columns. */
export type MessageRow = {
  id: number;
  queue_id: number;
  visible_at: number;
  sent_at: number;
  received_at: number | null;
  first_received_at: number | null;
  receive_count: number;
  receives_elsewhere: number;
  origin_arn: string | null;
  message_id: string;
  sender_id: string;
  trace_header: string | null;
  attributes: string | null;
  body: string;
};

/** What a sender decides. */
export type NewMessage = {
  messageId: string;
  queueId: number;
  sentAt: number;
  visibleAt: number;
  senderId: string;
  traceHeader: string | undefined;
  attributes: string | undefined;
  body: string;
};

export type Messages = ReturnType<typeof createMessages>;

/**
 * The table of messages. A message is
 *
 * - delayed: `visible_at` ahead, not received yet;
 * - visible: `visible_at` reached;
 * - in flight: received, `visible_at` ahead.
 */
export function createMessages(database: DatabaseSync) {
  return { ...writes(database), ...reads(database) };
}

function writes(database: DatabaseSync) {
  const insert = database.prepare(
    `INSERT INTO message (queue_id, visible_at, sent_at, receive_count, receives_elsewhere, message_id, sender_id,
       trace_header, attributes, body) VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?, ?)`,
  );
  const receive = database.prepare(
    `UPDATE message SET visible_at = ?1, received_at = ?2, first_received_at = coalesce(first_received_at, ?2),
       receive_count = receive_count + 1 WHERE id = ?3 RETURNING *`,
  );
  const bury = database.prepare(
    `UPDATE message SET queue_id = ?, origin_arn = ?, visible_at = ?, received_at = NULL,
       receives_elsewhere = receive_count WHERE id = ?`,
  );
  const show = database.prepare('UPDATE message SET visible_at = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM message WHERE id = ?');
  const purge = database.prepare('DELETE FROM message WHERE queue_id = ?');
  const expire = database.prepare('DELETE FROM message WHERE queue_id = ? AND sent_at <= ?');
  return {
    insert(message: NewMessage): void {
      const { queueId, visibleAt, sentAt, messageId, senderId, traceHeader, attributes, body } = message;
      insert.run(queueId, visibleAt, sentAt, messageId, senderId, traceHeader ?? null, attributes ?? null, body);
    },
    receive: (id: number, now: number, visibleAt: number) => receive.get(visibleAt, now, id) as MessageRow,
    /** Moves a message to a dead-letter queue: its id, its age and its receive count go with it. */
    bury(id: number, deadLetterQueueId: number, originArn: string, now: number): void {
      bury.run(deadLetterQueueId, originArn, now, id);
    },
    setVisibleAt(id: number, visibleAt: number): void {
      show.run(visibleAt, id);
    },
    remove(id: number): void {
      remove.run(id);
    },
    purge(queueId: number): void {
      purge.run(queueId);
    },
    expire(queueId: number, sentAtOrBefore: number): void {
      expire.run(queueId, sentAtOrBefore);
    },
  };
}

function reads(database: DatabaseSync) {
  const byId = database.prepare('SELECT * FROM message WHERE id = ?');
  const visible = database.prepare(
    'SELECT * FROM message WHERE queue_id = ? AND visible_at <= ? AND id <= ? ORDER BY visible_at, id LIMIT ?',
  );
  const next = database.prepare('SELECT min(visible_at) AS at FROM message WHERE queue_id = ? AND visible_at > ?');
  const last = database.prepare('SELECT max(id) AS id FROM message');
  const countVisible = database.prepare('SELECT count(*) AS n FROM message WHERE queue_id = ? AND visible_at <= ?');
  const countHidden = database.prepare(
    'SELECT count(*) AS n, count(received_at) AS received FROM message WHERE queue_id = ? AND visible_at > ?',
  );
  return {
    byId: (id: number) => byId.get(id) as MessageRow | undefined,
    visible: (queueId: number, now: number, limit: number, lastId: number = Number.MAX_SAFE_INTEGER) =>
      visible.all(queueId, now, lastId, limit) as MessageRow[],
    nextVisibleAt: (queueId: number, now: number) => (next.get(queueId, now) as { at: number | null }).at,
    lastId: () => (last.get() as { id: number | null }).id ?? 0,
    countVisible: (queueId: number, now: number) => (countVisible.get(queueId, now) as { n: number }).n,
    count(queueId: number, now: number) {
      const hidden = countHidden.get(queueId, now) as { n: number; received: number };
      const visible = this.countVisible(queueId, now);
      return { visible, inFlight: hidden.received, delayed: hidden.n - hidden.received };
    },
  };
}
