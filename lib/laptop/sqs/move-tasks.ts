import type { DatabaseSync } from 'node:sqlite';

/**
 * A redrive. RUNNING from its start; COMPLETED when no message older than the task is left to move; FAILED when a
 * message has nowhere to go; CANCELLED on request. The last three are final.
 */
export type MoveTask = {
  id: string;
  source_arn: string;
  destination_arn: string | null;
  messages_per_second: number | null;
  /** The newest message when the task began: later ones stay, or a failing consumer would keep the task running. */
  last_message_id: number;
  status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  failure_reason: string | null;
  moved: number;
  to_move: number;
  started_at: number;
};

export type MoveTasks = ReturnType<typeof createMoveTasks>;

/** The table of move tasks, and the write that moves one message. */
export function createMoveTasks(database: DatabaseSync) {
  const insert = database.prepare(
    `INSERT INTO move_task (id, source_arn, destination_arn, messages_per_second, last_message_id, status, moved,
       to_move, started_at) VALUES (?, ?, ?, ?, ?, 'RUNNING', 0, ?, ?)`,
  );
  const byId = database.prepare('SELECT * FROM move_task WHERE id = ?');
  const bySource = database.prepare(
    'SELECT * FROM move_task WHERE source_arn = ? ORDER BY started_at DESC, rowid DESC',
  );
  const running = database.prepare("SELECT id FROM move_task WHERE status = 'RUNNING'");
  const end = database.prepare('UPDATE move_task SET status = ?, failure_reason = ? WHERE id = ?');
  const countMove = database.prepare('UPDATE move_task SET moved = moved + 1 WHERE id = ?');
  const forget = database.prepare('DELETE FROM move_task WHERE source_arn = ?');
  const copy = database.prepare(
    `INSERT INTO message (queue_id, visible_at, sent_at, receive_count, receives_elsewhere, message_id, sender_id,
       trace_header, attributes, body)
     SELECT ?, ?, ?, 0, 0, ?, sender_id, trace_header, attributes, body FROM message WHERE id = ?`,
  );
  const remove = database.prepare('DELETE FROM message WHERE id = ?');
  return {
    insert(task: Omit<MoveTask, 'status' | 'failure_reason' | 'moved'>): void {
      const { id, source_arn, destination_arn, messages_per_second, last_message_id, to_move, started_at } = task;
      insert.run(id, source_arn, destination_arn, messages_per_second, last_message_id, to_move, started_at);
    },
    byId: (id: string) => byId.get(id) as MoveTask | undefined,
    /** The newest first. */
    bySource: (sourceArn: string) => bySource.all(sourceArn) as MoveTask[],
    running: () => (running.all() as Pick<MoveTask, 'id'>[]).map((task) => task.id),
    end(id: string, status: Exclude<MoveTask['status'], 'RUNNING'>, failureReason: string | null = null): void {
      end.run(status, failureReason, id);
    },
    /** SQS developer guide, "Dead-letter queue redrive": a redriven message is new, with a new id and a new age. */
    move(
      id: string,
      message: { id: number; newMessageId: string; queueId: number; now: number; visibleAt: number },
    ): void {
      copy.run(message.queueId, message.visibleAt, message.now, message.newMessageId, message.id);
      remove.run(message.id);
      countMove.run(id);
    },
    forget(sourceArn: string): void {
      forget.run(sourceArn);
    },
  };
}
