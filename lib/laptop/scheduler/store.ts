import { isDeepStrictEqual } from 'node:util';
import type { ScheduleDefinition } from '../assembly/schedules.ts';
import { openPrivateDatabase } from '../private-database.ts';

/** A schedule as it is kept. */
export type Schedule = {
  definition: ScheduleDefinition;
  createdMs: number;
  modifiedMs: number;
  /** Its next run; null when it runs no more. */
  nextMs: number | null;
  /** The run that has begun and not ended: it is run again after a crash. */
  runningMs: number | null;
  /** Of the call that made it: the same call again is no conflict. */
  clientToken: string | null;
  /** What the template says, where a template made it. */
  template: ScheduleDefinition | null;
};

export type Store = ReturnType<typeof openStore>;
type Row = { schedule: string };

/** The schedules, in a file. */
export function openStore(file: string) {
  const database = openPrivateDatabase(file);
  database.exec(
    'CREATE TABLE IF NOT EXISTS schedules (groupName TEXT, name TEXT, schedule TEXT, PRIMARY KEY (groupName, name))',
  );
  const put = database.prepare('INSERT OR REPLACE INTO schedules VALUES (?, ?, ?)');
  const one = database.prepare('SELECT schedule FROM schedules WHERE groupName = ? AND name = ?');
  const all = database.prepare('SELECT schedule FROM schedules ORDER BY groupName, name');
  const remove = database.prepare('DELETE FROM schedules WHERE groupName = ? AND name = ?');
  const parse = (row: unknown) => JSON.parse((row as Row).schedule) as Schedule;
  return {
    find(groupName: string, name: string): Schedule | undefined {
      const row = one.get(groupName, name);
      return row && parse(row);
    },
    list: (): Schedule[] => all.all().map(parse),
    put: (schedule: Schedule) =>
      void put.run(schedule.definition.GroupName, schedule.definition.Name, JSON.stringify(schedule)),
    remove: ({ definition }: Schedule) => void remove.run(definition.GroupName, definition.Name),
    close: () => database.close(),
  };
}

/**
 * Brings the template's schedules in as a deployment would: new and changed ones as they stand there, while one that the
 * template still has in the same words keeps what was done to it since; those that it no longer has are deleted.
 */
export function deploy(
  store: Store,
  templates: readonly ScheduleDefinition[],
  make: (of: ScheduleDefinition) => Schedule,
) {
  const same = (one: ScheduleDefinition, other: ScheduleDefinition) =>
    one.Name === other.Name && one.GroupName === other.GroupName;
  for (const schedule of store.list()) {
    if (schedule.template && !templates.some((template) => same(template, schedule.definition))) store.remove(schedule);
  }
  for (const template of templates) {
    const known = store.find(template.GroupName, template.Name);
    if (!isDeepStrictEqual(known?.template, template)) store.put({ ...make(template), template });
  }
}
