/**
 * Vendors' own packages sign, the hub delivers, and meanwhile everything that can fails at random: the hub and its functions
 * die, AWS services refuse and lose answers, vendors are down or revoke tokens, clocks are wrong and time jumps. Then the
 * troubles end, operators do what the runbook says, and everything that was acknowledged is accounted for.
 */
import { readLedger } from '../drills/ledger.ts';
import { createRandom } from '../fuzz/random.ts';
import { account } from './account.ts';
import { openBook } from './book.ts';
import { calendarOf } from './calendar.ts';
import { signEvent } from './events.ts';
import { createFaultBoard } from './faults.ts';
import { follow } from './follow.ts';
import { checkInvariants } from './invariants.ts';
import { createLoad } from './load.ts';
import { operate } from './operators.ts';
import { settle } from './settle.ts';
import { storiesOf } from './stories.ts';
import { openWorld } from './world.ts';

export type ChaosOptions = { kills: number; events: number; seed: number; onProgress: (line: string) => void };
export type ChaosReport = Awaited<ReturnType<typeof chaos>>;

export async function chaos({ kills, events: of, seed, onProgress }: ChaosOptions) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  const say = (line: string) => onProgress(`${seconds().toFixed(1).padStart(6)} s  ${line}`);
  const world = await openWorld();
  try {
    const book = openBook();
    const load = createLoad(world, { seed, events: of, book });
    const board = createFaultBoard(world);
    const calendar = calendarOf({ seed, events: of, kills });
    const stage = { world, board, random: createRandom(seed, 'stage') };
    say(`${of} events, ${calendar.length} troubles`);
    const [troubles] = await Promise.all([follow(calendar, load, stage, say), load.run()]);
    say('everything is acknowledged and the troubles are over');
    await settle(world);
    say('everything is done that can be done without a human');
    const events = await Promise.all(Array.from({ length: of }, (_, number) => signEvent(number, { of })));
    const repairs = await operate(world, events, book);
    say('the operators are done');
    const ledger = await readLedger(world.hub());
    const { states, effects } = await account(world.hub(), events, ledger.rows, book);
    await checkInvariants(world.hub(), events, ledger, book);
    return {
      ...{ seed, events: of, kills, acknowledged: load.acknowledged(), requests: load.counts },
      ...{ troubles, strikes: board.hits, deliveries: ledger.rows.length, states, tries: ledger.tries.length, effects },
      ...{ repairs, checks: book.checks, violations: book.violations },
      ...{ stories: await storiesOf(world.hub(), book.involved), seconds: seconds() },
    };
  } finally {
    await world.close();
  }
}
