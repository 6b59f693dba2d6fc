import { FLOWS } from '../journeys/hub-process.ts';
import { shopifyOrder, standardWebhook } from '../journeys/vendors.ts';
import type { Day } from './day.ts';
import type { Drill } from './drill.ts';
import { readLedger } from './ledger.ts';
import { allCalls, TARGETS } from './targets.ts';
import { HOUR_MS, MINUTE_MS } from './time.ts';

const EVENTS = 4;
const AWAY_MS = 6 * HOUR_MS;

export const dynamodbAway: Drill = {
  name: 'dynamodb-away',
  purpose: 'DynamoDB refuses every call for six hours',
  timing: 'normal',
  begins: { weekday: 2, hour: 9 },
  async run(day) {
    const { hub, say, check } = day;
    await day.send(shopifyOrder, day.newIds('before', EVENTS));
    await day.settle();
    const callsBefore = await allCalls(hub);

    await say('DynamoDB refuses every call; webhooks are still accepted, for ingest needs no database');
    await hub.faults('fail:dynamodb:status=503');
    await sendBoth(day, 'during');
    await day.pass(AWAY_MS / 2, { grainMs: 2 * MINUTE_MS });
    await sendBoth(day, 'during');
    await day.pass(AWAY_MS / 2, { grainMs: 5 * MINUTE_MS });

    const [inQueues, dead] = [await depthOf(day, 'queue'), await depthOf(day, 'deadLetterQueue')];
    const receives = Math.max(...TARGETS.map(day.mostReceives));
    await say(`six hours later ${inQueues} messages wait, received ${receives} times at most; ${dead} dead letters`);
    check('no call is sent without the ledger', (await allCalls(hub)) === callsBefore, await allCalls(hub));
    check('nothing has stopped', dead === 0, dead);

    await say('DynamoDB is back');
    await hub.faults();
    const tookMs = await day.passUntilDone({ grainMs: 5 * MINUTE_MS, withinMs: 6 * HOUR_MS });
    await say(`all delivered, ${Math.round(tookMs / MINUTE_MS)} minutes later, by themselves`);

    const { rows } = await readLedger(hub);
    const twice = rows.filter(({ attemptsTotal }) => attemptsTotal !== 1).map(({ key }) => key);
    check('each delivery needed one attempt', twice.length === 0, twice);
  },
};

async function sendBoth(day: Day, prefix: string): Promise<void> {
  const refused = [
    ...(await day.send(shopifyOrder, day.newIds(prefix, EVENTS))),
    ...(await day.send(standardWebhook, day.newIds(prefix, EVENTS))),
  ];
  day.check('events are accepted without DynamoDB', refused.length === 0, refused);
}

async function depthOf({ hub }: Day, kind: 'queue' | 'deadLetterQueue'): Promise<number> {
  const depths = await Promise.all(Object.values(FLOWS).map((flow) => hub.depth(hub.names[kind](flow))));
  return depths.reduce((sum, depth) => sum + depth, 0);
}
