import { FLOWS } from '../journeys/hub-process.ts';
import { shopifyOrder } from '../journeys/vendors.ts';
import type { Drill } from './drill.ts';
import { readLedger } from './ledger.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts';

const ORDERS = 6;
const REVOKED_MS = 10 * DAY_MS;
/** Two until the guard has switched the flow's mapping off, and some that were under way in other processes. */
const RECEIVE_BUDGET = 5;

export const tokenRevoked: Drill = {
  name: 'token-revoked',
  purpose: 'HubSpot refuses our token for ten days; then somebody sets a new one',
  timing: 'normal',
  begins: { weekday: 1, hour: 9 },
  async run(day) {
    const { hub, say, check } = day;
    await say('HubSpot revokes our token');
    await hub.mode('hubspot', 'revoke');
    await day.send(shopifyOrder, day.newIds('order', ORDERS));
    await day.pass(REVOKED_MS - 6 * HOUR_MS, { grainMs: 2 * MINUTE_MS });
    await day.send(shopifyOrder, day.newIds('order', ORDERS));
    await day.pass(6 * HOUR_MS, { grainMs: 5 * MINUTE_MS });

    const rows = (await readLedger(hub)).rows.filter(({ flow }) => flow === FLOWS.hubspot);
    const attempts = rows.reduce((sum, { attemptsTotal }) => sum + attemptsTotal, 0);
    const [waiting, dead] = [await hub.depth(hub.names.queue(FLOWS.hubspot)), await hub.deadLetters(FLOWS.hubspot)];
    const receives = day.mostReceives('hubspot');
    await say(
      `ten days later ${waiting} messages wait, received ${receives} times at most; ` +
        `${attempts} attempts counted, ${dead} dead letters`,
    );
    check('every order waits', waiting === 2 * ORDERS, waiting);
    check('every attempt is kept for when it may help', attempts === 0, attempts);
    check('nothing has stopped', dead === 0, dead);
    check('receives are within the budget', receives <= RECEIVE_BUDGET, receives);

    // In the sandbox any token is good unless it is told that ours is revoked.
    await hub.mode('hubspot', 'ok');
    const connection = { token: 'pat-renewed', baseUrl: `${hub.sandbox}/hubspot` };
    await day.operator('secrets', 'set', 'target/hubspot', '--value', JSON.stringify(connection));
    const tookMs = await day.passUntilDone({ grainMs: 5 * MINUTE_MS, withinMs: DAY_MS });
    await say(`all delivered, ${Math.round(tookMs / MINUTE_MS)} minutes later, by themselves`);
  },
};
