import type { AwsError } from '../service.ts';
import { type Caller, type Cast, readCallers, stranger } from './callers.ts';
import type { Need } from './calls/need.ts';
import { type Decision, evaluate } from './evaluate.ts';
import { errorOf, lineOf, type Refusal, reasonOf } from './refusal.ts';
import { createUsage } from './usage.ts';

export type JudgeOptions = Cast & {
  account: string;
  region: string;
  /**
   * After each decision.
   *
   * @param news A statement allowed this action for the first time, or a call was refused.
   */
  onDecision?: (decision: Decision, news: boolean) => void;
  /** One line for each refusal, for the function's log. */
  onLog?: (functionName: string, line: string) => void;
};

const KEPT_REFUSALS = 100;

/** Decides what roles may do, and remembers which statements that took and what was refused. */
export type Judge = ReturnType<typeof createJudge>;

export function createJudge(options: JudgeOptions) {
  const usage = createUsage();
  const refusals: Refusal[] = [];
  let callers = new Map<string, Caller>();

  const callerUnder = (roleName: string) => callers.get(roleName) ?? stranger(roleName);
  const refuse = ({ roleName, functionName, constructOf }: Caller, need: Need, decision: Decision, reason: string) => {
    const { action, resource } = need;
    const construct = constructOf('by' in decision ? decision.by.policy : undefined);
    const refusal = { role: roleName, function: functionName, action, resource, construct, reason };
    refusals.push(refusal);
    refusals.splice(0, refusals.length - KEPT_REFUSALS);
    options.onLog?.(functionName, lineOf(refusal));
    options.onDecision?.(decision, true);
    return errorOf(refusal, decision, options.account);
  };
  const authorizeOne = (caller: Caller, need: Need): AwsError | undefined => {
    const context = need.context ? { ...caller.context, ...need.context } : caller.context;
    const decision = evaluate(caller.statements, { action: need.action, resource: need.resource, context });
    if (decision.result !== 'allowed') return refuse(caller, need, decision, reasonOf(decision));
    options.onDecision?.(decision, usage.record(decision.by, need.action));
    return undefined;
  };
  const judge = {
    update(cast: Cast): void {
      callers = readCallers(cast, options);
      const allows = [...callers.values()].flatMap(({ statements }) =>
        statements.filter((each) => each.effect === 'Allow'),
      );
      usage.replace(allows, ({ role, policy }) => callerUnder(role).constructOf(policy));
    },
    /** The role of a function; its own name where there is none, which may do nothing. */
    roleOf: (functionName: string) =>
      [...callers.values()].find(({ functions }) => functions.includes(functionName))?.roleName ?? functionName,
    /** @returns The first refusal; undefined when the role has all these rights. */
    authorize(roleName: string, needs: readonly Need[]): AwsError | undefined {
      const caller = callerUnder(roleName);
      for (const need of needs) {
        const refusal = authorizeOne(caller, need);
        if (refusal) return refusal;
      }
      return undefined;
    },
    /** Refuses a call of which nobody has written down what it needs. */
    refuseUnmapped: (roleName: string, operation: string): AwsError => {
      const reason = 'which rights this operation needs is not known on the laptop';
      const need = { action: operation, resource: '*' };
      return refuse(callerUnder(roleName), need, { result: 'no-statement' }, reason);
    },
    statements: usage.all,
    refusals: () => [...refusals],
  };
  judge.update(options);
  return judge;
}
