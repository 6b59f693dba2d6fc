import type { FunctionDefinition } from '../assembly/functions.ts';
import { CONTEXT_KEYS } from './calls/index.ts';
import type { Context } from './conditions.ts';
import { compileRole, type Statement } from './evaluate.ts';
import type { IamRole } from './roles.ts';

/** Roles and functions of an assembly. */
export type Cast = { roles: readonly IamRole[]; functions: readonly Pick<FunctionDefinition, 'name' | 'roleName'>[] };

/** Who calls under a role. */
export type Caller = {
  roleName: string;
  /** The functions that have the role. */
  functions: readonly string[];
  /** The session's name on AWS: the function. */
  functionName: string;
  statements: readonly Statement[];
  /** What is so in all its calls. */
  context: Context;
  /** Where a policy comes from; without one, where the role's first policy or the role does. */
  constructOf(policy?: string): string;
};

/** @throws Error for a policy that cannot be evaluated. */
export function readCallers({ roles, functions }: Cast, at: { account: string; region: string }): Map<string, Caller> {
  return new Map(
    roles.map((role) => {
      const own = functions.filter(({ roleName }) => roleName === role.name).map(({ name }) => name);
      return [role.name, callerOf(role, own, at)];
    }),
  );
}

function callerOf(
  role: IamRole,
  functions: string[],
  { account, region }: { account: string; region: string },
): Caller {
  const statements = compileRole(role);
  refuseUnknownKeys(statements);
  const context = {
    'aws:principalaccount': account,
    'aws:principalarn': role.arn,
    'aws:principaltype': 'AssumedRole',
    'aws:requestedregion': region,
    'aws:resourceaccount': account,
    'aws:securetransport': 'true',
    'lambda:sourcefunctionarn': functions.map((name) => `arn:aws:lambda:${region}:${account}:function:${name}`),
  };
  const { name: roleName, policies, path = roleName } = role;
  const constructOf = (policy?: string) => (policies.find(({ name }) => name === policy) ?? policies[0])?.path ?? path;
  return { roleName, functions, functionName: functions[0] ?? roleName, statements, context, constructOf };
}

/** A role that no template has may do nothing. */
export const stranger = (roleName: string): Caller => ({
  ...{ roleName, functions: [], functionName: roleName, statements: [], context: {} },
  constructOf: () => roleName,
});

/** A key that no call carries would hold or fail without anybody having looked. */
function refuseUnknownKeys(statements: readonly Statement[]): void {
  for (const { role, policy, sid, index, conditions } of statements) {
    const unknown = conditions.find(({ key }) => !CONTEXT_KEYS.includes(key.toLowerCase()));
    if (!unknown) continue;
    const where = `role ${role}, policy ${policy}, statement ${sid ?? index}`;
    throw new Error(`[syncline] [laptop] ${where}: condition key ${unknown.key} is not emulated`);
  }
}
