import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dynamoDbParks } from '../../functions/aws/parks.ts';
import type { Park } from '../../functions/core/parks.ts';
import { readAssembly } from '../../lib/laptop/assembly/assembly.ts';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import { shopifyOrder } from '../journeys/vendors.ts';
import type { Drill } from './drill.ts';
import { readLedger } from './ledger.ts';
import { HOUR_MS, MINUTE_MS, type PassOptions } from './time.ts';

const ORDERS = 4;
const BROKEN_MS = 60 * HOUR_MS;
/** Four orders in one batch fail every three minutes: five times, and CloudWatch needs three minutes to be sure of it. */
const FOUND_OUT_MS = 18 * MINUTE_MS;
/** Five that are the evidence, and two until CloudWatch has completed it and the mapping is off. */
const RECEIVE_BUDGET = 7;
/** The guard asks every 15 minutes whether the function runs, and is run once a minute. */
const LATEST_PROBE_MINUTES = 16;
/** Of the broken function alone: the others' workers must be left their time. */
const BROKEN: PassOptions = { lostAfterMs: { [FLOWS.hubspot]: 50 }, withGuard: true };
const BY_THE_MINUTE: PassOptions = { ...BROKEN, longestMoveMs: MINUTE_MS };

export const brokenDeploy: Drill = {
  name: 'broken-deploy',
  purpose: "over a weekend one flow's function cannot start",
  timing: 'normal',
  begins: { weekday: 5, hour: 18 },
  async run(day) {
    const { hub, say, check } = day;
    await say("Friday evening's deploy: the deliver function of the orders throws when it is loaded");
    const mend = breakFunction(hub, hub.names.deliverFunction(FLOWS.hubspot));
    await day.send(shopifyOrder, day.newIds('friday', ORDERS));
    await day.pass(FOUND_OUT_MS, BY_THE_MINUTE);
    const [park] = await parksOf(hub);
    await say(park ? `parked as ${park.reason}: ${park.why}` : 'not parked');
    check('the flow is parked as broken', park?.reason === 'broken' && park.by === 'guard', park);
    const received = day.mostReceives('hubspot');

    await day.pass(HOUR_MS, BY_THE_MINUTE);
    await day.pass(BROKEN_MS - 2 * HOUR_MS, BROKEN);
    await day.send(shopifyOrder, day.newIds('monday', ORDERS));
    await day.pass(HOUR_MS, BROKEN);
    const [waiting, dead] = [await hub.depth(hub.names.queue(FLOWS.hubspot)), await hub.deadLetters(FLOWS.hubspot)];
    const receives = day.mostReceives('hubspot');
    await say(`on Monday ${waiting} messages wait, received ${receives} times at most; ${dead} dead letters`);
    check('every order waits', waiting === 2 * ORDERS && dead === 0, { waiting, dead });
    check('what is parked is received no more', receives <= received + 1, { received, receives });
    check('receives are within the budget', receives <= RECEIVE_BUDGET, receives);

    const { rows } = await readLedger(hub);
    const touched = rows.filter(({ flow }) => flow === FLOWS.hubspot).map(({ key, state }) => `${key} ${state}`);
    check('what never ran has no row and no attempt', touched.length === 0, touched);
    check('no call was sent', (await hub.calls('hubspot')) === 0, await hub.calls('hubspot'));
    const others = rows.filter(({ flow, state }) => flow === FLOWS.http && state === 'delivered').length;
    check('no other flow is held up', others === 2 * ORDERS, others);
    const alarms = day.firedAlarms().filter((name) => name.includes(FLOWS.hubspot));
    check('an alarm told of the park', alarms.includes(alarmOf(hub, 'parked')), alarms);
    check('no alarm tells of what is parked', !alarms.includes(alarmOf(hub, 'standstill')), alarms);

    await say('Monday morning: the fix is deployed');
    mend();
    const mendedAt = (await hub.now()).getTime();
    const sinceMended = async () => Math.round(((await hub.now()).getTime() - mendedAt) / MINUTE_MS);
    while ((await parksOf(hub)).length > 0 && (await sinceMended()) < LATEST_PROBE_MINUTES) {
      await day.pass(MINUTE_MS, { withGuard: true });
    }
    await say(`${await sinceMended()} minutes later the guard has found that it runs`);
    check('the flow goes on by itself', (await parksOf(hub)).length === 0, await parksOf(hub));
    await day.passUntilDone({ grainMs: MINUTE_MS, withinMs: HOUR_MS, withGuard: true });
    const done = await delivered(hub);
    await say(`all delivered, ${await sinceMended()} minutes later, by themselves: ${done.length} orders`);
    check('all orders are delivered', done.length === 2 * ORDERS, done.length);
    const attempts = done.filter(({ attemptsTotal }) => attemptsTotal !== 1).map(({ key }) => key);
    check('each needed one attempt', attempts.length === 0, attempts);
  },
};

const alarmOf = ({ names }: Hub, word: string) => `${names.queue(FLOWS.hubspot)}-${word}`;

const parksOf = ({ address, names }: Hub): Promise<readonly Park[]> =>
  dynamoDbParks({ client: address.dynamoDb, tableName: names.stateTable }).read([
    { kind: 'flow', name: FLOWS.hubspot },
  ]);

const delivered = async (hub: Hub) =>
  (await readLedger(hub)).rows.filter(({ flow, state }) => flow === FLOWS.hubspot && state === 'delivered');

/** Makes a function's bundle throw when it is loaded; no process of it may be warm. @returns What puts it right. */
function breakFunction({ folder }: Hub, functionName: string): () => void {
  const anywhere = { region: 'eu-central-1', account: '0', queueUrlBase: '', apiUrl: '' };
  const { functions } = readAssembly(join(folder, 'assembly'), anywhere);
  const { assetFolder, handler } = functions.find(({ name }) => name === functionName)!;
  const file = join(assetFolder, `${handler.split('.')[0]}.mjs`);
  const good = readFileSync(file);
  writeFileSync(file, 'throw new Error("a drill broke this deploy");\n');
  return () => writeFileSync(file, good);
}
