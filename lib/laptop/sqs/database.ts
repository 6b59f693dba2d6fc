import { DatabaseSync } from 'node:sqlite';

/**
 * The store of all queues: one SQLite file in WAL mode. `synchronous=FULL` flushes the log at every commit, so that
 * what was committed outlives the process and the machine's power. All times are milliseconds since the epoch.
 *
 * `message.id` is never used twice: receipt handles and move tasks rely on it.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    attributes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_id INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,        -- the end of its delay or of its visibility timeout
    sent_at INTEGER NOT NULL,           -- retention counts from here
    received_at INTEGER,                -- its latest receive from this queue
    first_received_at INTEGER,
    receive_count INTEGER NOT NULL,     -- across queues, as ApproximateReceiveCount
    receives_elsewhere INTEGER NOT NULL, -- the part of receive_count that belongs to the queues it was moved from
    origin_arn TEXT,                    -- the queue that moved it here as a dead letter
    message_id TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    trace_header TEXT,
    attributes TEXT,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_by_visibility ON message (queue_id, visible_at);
  CREATE INDEX IF NOT EXISTS message_by_age ON message (queue_id, sent_at);

  CREATE TABLE IF NOT EXISTS move_task (
    id TEXT PRIMARY KEY,
    source_arn TEXT NOT NULL,
    destination_arn TEXT,
    messages_per_second INTEGER,
    last_message_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    failure_reason TEXT,
    moved INTEGER NOT NULL,
    to_move INTEGER NOT NULL,
    started_at INTEGER NOT NULL
  ) STRICT;
`;

export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000');
  database.exec(schema);
  return database;
}
