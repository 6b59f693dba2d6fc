import type { Statement } from './evaluate.ts';

/** An Allow statement of a role, and what it was needed for. */
export type StatementUse = {
  role: string;
  policy: string;
  /** Its place in the policy, from 0. */
  index: number;
  sid?: string;
  /** Where in the code the policy comes from. */
  construct: string;
  actions: readonly string[];
  resources: readonly string[];
  /** How many calls it allowed. */
  uses: number;
  /** The actions that it allowed, as AWS spells them. */
  usedActions: string[];
};

/** Counts what the Allow statements are needed for, so that a surplus one shows. */
export type Usage = ReturnType<typeof createUsage>;

export function createUsage() {
  let uses = new Map<string, StatementUse>();
  return {
    /** Another set of statements; one that has not changed keeps its count. */
    replace(statements: readonly Statement[], constructOf: (statement: Statement) => string): void {
      const next = statements.map((statement): [string, StatementUse] => {
        const { role, policy, index, sid, actions, resources } = statement;
        const { uses: count, usedActions } = uses.get(keyOf(statement)) ?? { uses: 0, usedActions: [] };
        const named = { role, policy, index, ...(sid !== undefined && { sid }), construct: constructOf(statement) };
        return [keyOf(statement), { ...named, actions, resources, uses: count, usedActions }];
      });
      uses = new Map(next);
    },
    /** @returns Whether the statement had not allowed this action before. */
    record(statement: Statement, action: string): boolean {
      const use = uses.get(keyOf(statement));
      if (!use) return false;
      use.uses += 1;
      if (use.usedActions.includes(action)) return false;
      use.usedActions.push(action);
      return true;
    },
    all: (): StatementUse[] => [...uses.values()].map((use) => ({ ...use, usedActions: use.usedActions.toSorted() })),
  };
}

const keys = new WeakMap<Statement, string>();

function keyOf(statement: Statement): string {
  const known = keys.get(statement);
  if (known !== undefined) return known;
  const { role, policy, index, actions, resources, conditions } = statement;
  const key = JSON.stringify([role, policy, index, actions, resources, conditions]);
  keys.set(statement, key);
  return key;
}
