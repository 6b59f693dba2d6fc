import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAssembly } from '../../lib/laptop/assembly/assembly.ts';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import { shopifyOrder } from '../journeys/vendors.ts';
import type { Drill } from './drill.ts';
import { readLedger } from './ledger.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts';

const ORDERS = 4;
const BROKEN_MS = 60 * HOUR_MS;
/** The queue's visibility timeout: so soon a message that an invocation took along comes back. */
const VISIBILITY_MS = 3 * MINUTE_MS;
const BROKEN = { grainMs: VISIBILITY_MS, lostAfterMs: 50 };

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
    await day.pass(6 * HOUR_MS, BROKEN);
    const dead = await hub.deadLetters(FLOWS.hubspot);
    await say(
      `${dead} messages have used up their 100 receives, ${await hub.depth(hub.names.queue(FLOWS.hubspot))} wait`,
    );
    await day.pass(BROKEN_MS - 7 * HOUR_MS, BROKEN);
    await day.send(shopifyOrder, day.newIds('monday', ORDERS));
    await day.pass(HOUR_MS, BROKEN);

    const { rows } = await readLedger(hub);
    const touched = rows.filter(({ flow }) => flow === FLOWS.hubspot).map(({ key, state }) => `${key} ${state}`);
    check('what never ran has no row and no attempt', touched.length === 0, touched);
    check('no call was sent', (await hub.calls('hubspot')) === 0, await hub.calls('hubspot'));
    const others = rows.filter(({ flow, state }) => flow === FLOWS.http && state === 'delivered').length;
    check('no other flow is held up', others === 2 * ORDERS, others);

    await say('Monday morning: the fix is deployed');
    mend();
    await day.passUntilDone({ grainMs: VISIBILITY_MS, withinMs: DAY_MS });
    await say(`what still had receives left is delivered: ${(await delivered(hub)).length} orders`);
    if (dead > 0) await day.redrive('hubspot');
    await day.passUntilDone({ grainMs: VISIBILITY_MS, withinMs: DAY_MS });
    const done = await delivered(hub);
    await say(`all delivered: ${done.length} orders`);
    check('a redriven message that never ran is no duplicate', done.length === 2 * ORDERS, done.length);
    const attempts = done.filter(({ attemptsTotal }) => attemptsTotal !== 1).map(({ key }) => key);
    check('each needed one attempt', attempts.length === 0, attempts);
  },
};

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
