/** What is held against a day when it is over: every event accounted for, no attempt wasted, nothing left open. */
import { isFinal } from '../../functions/core/ledger.ts';
import { account } from '../chaos/account.ts';
import { FLOWS } from '../journeys/hub-process.ts';
import type { Day } from './day.ts';
import { readLedger } from './ledger.ts';

export type Reckoning = {
  accepted: number;
  requests: number;
  refused: number;
  deliveries: number;
  delivered: number;
  /** Deliveries that stopped, or were unknown, at least once. */
  stopped: number;
  /** Messages that an operator's redrives moved. */
  redriven: number;
  attempts: number;
  calls: number;
  mostReceives: number;
  alarms: readonly string[];
  violations: readonly string[];
};

/** Failures that never reached a target. */
const NOT_SENT = ['not-sent', 'unreachable', 'parked', 'paused', 'pacing', 'no-connection', 'bad-connection'];

export async function reckon(day: Day): Promise<Reckoning> {
  const { hub, check, counts } = day;
  const { rows, tries } = await readLedger(hub);
  const accepted = day.accepted();
  const { violations, states } = await account(hub, accepted, rows);

  const open = rows.filter(({ state }) => !isFinal(state)).map(({ key, state }) => `${key} ${state}`);
  check('nothing is left unfinished', open.length === 0, open);
  const wasted = tries.filter(({ counted, code, errorClass }) => counted && isNoAttempt(code, errorClass));
  check('an attempt is a call that was sent', wasted.length === 0, wasted.slice(0, 5));
  for (const target of Object.keys(FLOWS) as (keyof typeof FLOWS)[]) {
    const attempts = attemptsOf(rows.filter(({ flow }) => flow === FLOWS[target]));
    const calls = await hub.calls(target);
    check(`${target} saw a call for every attempt`, attempts <= calls, { attempts, calls });
  }
  const calls = await Promise.all((Object.keys(FLOWS) as (keyof typeof FLOWS)[]).map((target) => hub.calls(target)));
  const stopped = new Set(
    tries.filter(({ outcome }) => outcome !== 'waiting').map(({ flow, key }) => `${flow} ${key}`),
  );
  return {
    ...counts,
    accepted: accepted.length,
    deliveries: rows.length,
    delivered: states.delivered ?? 0,
    stopped: stopped.size,
    attempts: attemptsOf(rows),
    calls: calls.reduce((sum, each) => sum + each, 0),
    mostReceives: Math.max(...(Object.keys(FLOWS) as (keyof typeof FLOWS)[]).map(day.mostReceives)),
    alarms: day.firedAlarms(),
    violations: [...day.violations, ...violations],
  };
}

const isNoAttempt = (code: string, errorClass: string) =>
  NOT_SENT.includes(code) || errorClass === 'auth' || errorClass === 'rate-limit';

const attemptsOf = (rows: readonly { attemptsTotal: number }[]) =>
  rows.reduce((sum, { attemptsTotal }) => sum + attemptsTotal, 0);
