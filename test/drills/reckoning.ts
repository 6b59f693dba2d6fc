/** What is held against a day when it is over: every event accounted for, no attempt wasted, nothing left open. */
import { isFinal } from '../../functions/core/ledger.ts';
import { account } from '../chaos/account.ts';
import { FLOWS } from '../journeys/hub-process.ts';
import type { Day } from './day.ts';
import { readLedger } from './ledger.ts';
import { allCalls, TARGETS } from './targets.ts';

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

/** A violation of ten thousand deliveries names some of them. */
const MOST_NAMED = 5;
const MOST_VIOLATIONS = 50;

export async function reckon(day: Day): Promise<Reckoning> {
  const { hub, check, counts } = day;
  const { rows, tries } = await readLedger(hub);
  const accepted = day.accepted();
  const { violations, states } = await account(hub, accepted, rows);

  const open = rows.filter(({ state }) => !isFinal(state)).map(({ key, state }) => `${key} ${state}`);
  check('nothing is left unfinished', open.length === 0, open.slice(0, MOST_NAMED));
  const wasted = tries.filter(({ counted, code, errorClass }) => counted && isNoAttempt(code, errorClass));
  check('an attempt is a call that was sent', wasted.length === 0, wasted.slice(0, MOST_NAMED));
  for (const target of TARGETS) {
    const attempts = attemptsOf(rows.filter(({ flow }) => flow === FLOWS[target]));
    const calls = await hub.calls(target);
    check(`${target} saw a call for every attempt`, attempts <= calls, { attempts, calls });
  }
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
    calls: await allCalls(hub),
    mostReceives: Math.max(...TARGETS.map(day.mostReceives)),
    alarms: day.firedAlarms(),
    violations: [...day.violations, ...violations].slice(0, MOST_VIOLATIONS),
  };
}

const isNoAttempt = (code: string, errorClass: string) =>
  NOT_SENT.includes(code) || errorClass === 'auth' || errorClass === 'rate-limit';

const attemptsOf = (rows: readonly { attemptsTotal: number }[]) =>
  rows.reduce((sum, { attemptsTotal }) => sum + attemptsTotal, 0);
