import type { DatabaseSync } from 'node:sqlite';

/** A queue; `attributes` holds what its owner set, in the API's words. */
export type Queue = {
  id: number;
  name: string;
  attributes: Record<string, string>;
  createdAt: number;
  modifiedAt: number;
};

type Row = { id: number; name: string; attributes: string; created_at: number; modified_at: number };

export type Queues = ReturnType<typeof createQueues>;

/** The table of queues. */
export function createQueues(database: DatabaseSync) {
  const byName = database.prepare('SELECT * FROM queue WHERE name = ?');
  const all = database.prepare('SELECT * FROM queue ORDER BY name');
  const insert = database.prepare('INSERT INTO queue (name, attributes, created_at, modified_at) VALUES (?, ?, ?, ?)');
  const update = database.prepare('UPDATE queue SET attributes = ?, modified_at = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM queue WHERE id = ?');
  return {
    byName(name: string): Queue | undefined {
      const row = byName.get(name) as Row | undefined;
      return row && toQueue(row);
    },
    all: (): Queue[] => (all.all() as Row[]).map(toQueue),
    insert(name: string, attributes: Record<string, string>, now: number): void {
      insert.run(name, JSON.stringify(attributes), now, now);
    },
    update(id: number, attributes: Record<string, string>, now: number): void {
      update.run(JSON.stringify(attributes), now, id);
    },
    remove(id: number): void {
      remove.run(id);
    },
  };
}

const toQueue = (row: Row): Queue => ({
  id: row.id,
  name: row.name,
  attributes: JSON.parse(row.attributes),
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
});
