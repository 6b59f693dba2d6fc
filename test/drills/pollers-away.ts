import { FLOWS } from '../journeys/hub-process.ts';
import { shopifyOrder } from '../journeys/vendors.ts';
import type { Drill } from './drill.ts';
import { MINUTE_MS, type PassOptions } from './time.ts';

const ORDERS = 4;
const AWAY_MS = 60 * MINUTE_MS;
/** Less than the freshness of the flows, which is five minutes, and more. */
const NOT_YET_MS = 3 * MINUTE_MS;
const BY_THEN_MS = 5 * MINUTE_MS;
const AWAY: PassOptions = { standing: true, longestMoveMs: MINUTE_MS };

/** As in October 2025, when Lambda's pollers in one Region stayed down after everything else was back. */
export const pollersAway: Drill = {
  name: 'pollers-away',
  purpose: 'for an hour Lambda takes no messages from the queues, and nothing else fails',
  timing: 'normal',
  begins: { weekday: 1, hour: 7 },
  async run(day) {
    const { hub, say, check } = day;
    const told = () => day.firedAlarms().filter((name) => name.endsWith('-standstill'));
    await day.send(shopifyOrder, day.newIds('before', ORDERS));
    await day.passUntilDone({ withinMs: 10 * MINUTE_MS });

    await say("Lambda's pollers get nothing from SQS any more");
    await hub.faults('fail:sqs:operation=ReceiveMessage:status=503');
    await day.pass(10 * MINUTE_MS, AWAY);
    check('a flow without messages is not told of', told().length === 0, told());
    await day.send(shopifyOrder, day.newIds('during', ORDERS));
    await day.pass(NOT_YET_MS, AWAY);
    check('nothing is told of before its time', told().length === 0, told());
    await day.pass(BY_THEN_MS, AWAY);
    const expected = [FLOWS.http, FLOWS.hubspot].map((flow) => `${hub.names.queue(flow)}-standstill`);
    check('both flows with messages are told of', told().sort().join() === expected.sort().join(), told());
    check('by that alarm alone', day.firedAlarms().length === expected.length, day.firedAlarms());
    await day.pass(AWAY_MS - NOT_YET_MS - BY_THEN_MS, AWAY);

    await say('the pollers are back');
    await hub.faults();
    const tookMs = await day.passUntilDone({ withinMs: 30 * MINUTE_MS });
    await say(`all delivered, ${Math.round(tookMs / MINUTE_MS)} minutes later, by themselves`);
  },
};
