import type { DatabaseSync } from 'node:sqlite';

/**
 * Group commit: everything asked for in one turn of the event loop shares one transaction, and no answer leaves before
 * that transaction is on disk. A flush to disk costs more than a hundred operations, so load makes it cheaper per call.
 */
export type GroupCommit = {
  /**
   * Runs `work` at once, inside the turn's transaction, and resolves with its value after the commit. When `work`
   * throws, only its own writes are undone. It rejects when the commit fails: then nothing of the turn is stored.
   */
  run<Value>(work: () => Value): Promise<Awaited<Value>>;
  /** Commits what is open. */
  flush(): void;
};

type Answer = { resolve: () => void; reject: (error: unknown) => void };

/** @param beforeCommit The turn's last work, inside its transaction; it may call `run`. */
export function createGroupCommit(database: DatabaseSync, beforeCommit: () => void): GroupCommit {
  const [begin, commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')];
  const [mark, undo, keep] = ['SAVEPOINT work', 'ROLLBACK TO work', 'RELEASE work'].map((sql) => database.prepare(sql));
  let answers: Answer[] | undefined;

  function openTurn(): Answer[] {
    begin.run();
    setImmediate(flush);
    return [];
  }

  function flush() {
    if (!answers) return;
    try {
      beforeCommit();
      commit.run();
      for (const answer of close()) answer.resolve();
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      for (const answer of close()) answer.reject(error);
    }
  }

  function close(): Answer[] {
    const closed = answers ?? [];
    answers = undefined;
    return closed;
  }

  function attempt<Value>(work: () => Value): Value {
    mark!.run();
    try {
      const value = work();
      keep!.run();
      return value;
    } catch (error) {
      undo!.run();
      keep!.run();
      throw error;
    }
  }

  return {
    flush,
    run: (work) =>
      new Promise((resolve, reject) => {
        answers ??= openTurn();
        const value = attempt(work);
        answers.push({ resolve: () => resolve(value as Awaited<typeof value>), reject });
      }),
  };
}
