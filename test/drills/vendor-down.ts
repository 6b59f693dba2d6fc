import { FLOWS } from '../journeys/hub-process.ts';
import { shopifyOrder } from '../journeys/vendors.ts';
import type { Day } from './day.ts';
import type { Drill } from './drill.ts';
import { readLedger } from './ledger.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts';

const LAST_ORDERS = 3;
const DOWN_MS = 3 * DAY_MS;
/** Of one cycle. */
const MOST_ATTEMPTS = 12;

/** Too few orders to open the breaker, which never opens on one delivery alone: they use up their attempts. */
export const vendorDown = vendorDownWith(4, {
  name: 'vendor-down',
  purpose: 'HubSpot answers 503 for three days, while a few orders come',
});

/** Enough deliveries that fail in a row to park the flow, so that the next ones spend nothing. */
export const vendorDownBusy = vendorDownWith(14, {
  name: 'vendor-down-busy',
  purpose: 'HubSpot answers 503 for three days, while many orders come',
});

function vendorDownWith(orders: number, about: Pick<Drill, 'name' | 'purpose'>): Drill {
  const run = (day: Day) => holdThreeDays(day, orders);
  return { ...about, timing: 'normal', begins: { weekday: 4, hour: 18 }, run };
}

async function holdThreeDays(day: Day, orders: number): Promise<void> {
  const { hub, say, check } = day;
  await say('HubSpot is down');
  await hub.mode('hubspot', 'down');
  await day.send(shopifyOrder, day.newIds('first', orders));
  await day.pass(HOUR_MS, { grainMs: 5 * MINUTE_MS });
  const others = (await readLedger(hub)).rows.filter(({ flow }) => flow === FLOWS.http);
  const heldUp = others.filter(({ state }) => state !== 'delivered').length;
  await say(`an hour later: ${others.length - heldUp} events delivered by the other flow, ${heldUp} held up`);
  check('no other flow is held up', others.length === orders && heldUp === 0, heldUp);

  await day.pass(DOWN_MS - 2 * HOUR_MS, { grainMs: 30 * MINUTE_MS });
  await day.send(shopifyOrder, day.newIds('last', LAST_ORDERS));
  await day.pass(HOUR_MS, { grainMs: 5 * MINUTE_MS });
  const rows = (await readLedger(hub)).rows.filter(({ flow }) => flow === FLOWS.hubspot);
  const dead = await hub.deadLetters(FLOWS.hubspot);
  const stopped = rows.filter(({ state }) => state === 'stopped');
  const classes = [...new Set(stopped.map(({ errorClass }) => errorClass))];
  const as = dead > 0 ? ` (${classes.join(', ')})` : '';
  const waiting = await hub.depth(hub.names.queue(FLOWS.hubspot));
  await say(`three days later ${dead} dead letters${as}, ${waiting} messages wait`);
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
  const tookMs = await day.passUntilDone({ grainMs: 5 * MINUTE_MS, withinMs: DAY_MS });
  await say(`all delivered, ${Math.round(tookMs / MINUTE_MS)} minutes later`);
  check('each dead letter was redriven once', day.counts.redriven === dead, day.counts);
}
