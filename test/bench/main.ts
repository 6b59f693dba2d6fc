/** Figures of one run on this machine: use the ratios. `npm run bench [-- start|idle|sqs|deliveries|ingest|verify|simulation]` */
import { benchDeliveries } from './deliveries.ts';
import { benchIdle } from './idle.ts';
import { benchIngest } from './ingest.ts';
import { benchSimulation } from './simulation.ts';
import { benchSqs } from './sqs.ts';
import { benchStart } from './start.ts';
import { benchVerify } from './verify.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  start: benchStart,
  idle: benchIdle,
  sqs: benchSqs,
  deliveries: benchDeliveries,
  ingest: benchIngest,
  verify: benchVerify,
  simulation: benchSimulation,
};

for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches)) {
  const bench = benches[name];
  if (!bench) throw new Error(`there is no benchmark '${name}'; there are ${Object.keys(benches).join(', ')}`);
  await bench();
}
