import { FLOWS } from '../journeys/hub-process.ts';
import { shopifyOrder } from '../journeys/vendors.ts';
import type { Drill } from './drill.ts';
import { readLedger } from './ledger.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts';

const ORDERS = 6;
const DOWN_MS = 3 * DAY_MS;
/** Of one cycle. */
const MOST_ATTEMPTS = 12;

export const vendorDown: Drill = {
  name: 'vendor-down',
  purpose: 'HubSpot answers 503 for three days, while orders keep coming',
  timing: 'normal',
  begins: { weekday: 4, hour: 18 },
  async run(day) {
    const { hub, say, check } = day;
    await say('HubSpot is down');
    await hub.mode('hubspot', 'down');
    await day.send(shopifyOrder, day.newIds('first', ORDERS));
    await day.pass(HOUR_MS, { grainMs: 5 * MINUTE_MS });
    const others = (await readLedger(hub)).rows.filter(({ flow }) => flow === FLOWS.http);
    const heldUp = others.filter(({ state }) => state !== 'delivered').length;
    await say(`an hour later: ${others.length - heldUp} events delivered by the other flow, ${heldUp} held up`);
    check('no other flow is held up', others.length === ORDERS && heldUp === 0, heldUp);

    await day.pass(DOWN_MS - 2 * HOUR_MS, { grainMs: 30 * MINUTE_MS });
    await day.send(shopifyOrder, day.newIds('last', ORDERS));
    await day.pass(HOUR_MS, { grainMs: 5 * MINUTE_MS });
    const rows = (await readLedger(hub)).rows.filter(({ flow }) => flow === FLOWS.hubspot);
    const dead = await hub.deadLetters(FLOWS.hubspot);
    const stopped = rows.filter(({ state }) => state === 'stopped');
    const classes = [...new Set(stopped.map(({ errorClass }) => errorClass))];
    await say(`three days later ${dead} dead letters (${classes.join(', ')}), ${rows.length - dead} orders still wait`);
    check(
      'what stopped did so as transient',
      classes.every((each) => each === 'transient'),
      classes,
    );
    const attempts = Math.max(0, ...rows.map(({ attemptsTotal }) => attemptsTotal));
    check(`nothing was tried more than ${MOST_ATTEMPTS} times`, attempts <= MOST_ATTEMPTS, attempts);

    await say('HubSpot is back');
    await hub.mode('hubspot', 'ok');
    // A flow that was parked has kept everything in its queue, and there is nothing to redrive.
    if (dead > 0) await day.redrive('hubspot');
    const tookMs = await day.passUntilDone({ grainMs: 10 * MINUTE_MS, withinMs: DAY_MS });
    await say(`all delivered, ${Math.round(tookMs / MINUTE_MS)} minutes later`);
    check('each dead letter was redriven once', day.counts.redriven === dead, day.counts);
  },
};
