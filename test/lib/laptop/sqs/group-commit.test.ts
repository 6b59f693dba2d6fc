import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { createGroupCommit } from '../../../../lib/laptop/sqs/group-commit.ts';

function start(beforeCommit = () => {}) {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE entry (name TEXT)');
  const insert = (name: string) => void database.prepare('INSERT INTO entry VALUES (?)').run(name);
  const names = () =>
    database
      .prepare('SELECT name FROM entry')
      .all()
      .map((row) => row.name);
  return { database, commit: createGroupCommit(database, beforeCommit), insert, names };
}

describe('group commit', () => {
  it('answers everything of one turn after one commit', async () => {
    const { database, commit, insert, names } = start();
    const answered: string[] = [];

    const both = ['a', 'b'].map((name) => commit.run(() => insert(name)).then(() => answered.push(name)));
    await Promise.resolve();

    expect(database.isTransaction).toBe(true);
    expect(answered).toEqual([]);
    await Promise.all(both);
    expect(database.isTransaction).toBe(false);
    expect(names()).toEqual(['a', 'b']);
  });

  it('undoes only the work that throws', async () => {
    const { commit, insert, names } = start();
    const failing = () => {
      insert('half');
      throw new Error('no');
    };

    const results = await Promise.allSettled([commit.run(() => insert('a')), commit.run(failing)]);

    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    expect(names()).toEqual(['a']);
  });

  it('rejects the whole turn when it cannot commit, and works on', async () => {
    let isBroken = true;
    const { commit, insert, names } = start(() => {
      if (isBroken) throw new Error('disk full');
    });

    const results = await Promise.allSettled(['a', 'b'].map((name) => commit.run(() => insert(name))));
    isBroken = false;
    await commit.run(() => insert('c'));

    expect(results).toMatchObject([{ reason: { message: 'disk full' } }, { reason: { message: 'disk full' } }]);
    expect(names()).toEqual(['c']);
  });
});
