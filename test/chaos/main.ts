/** `npm run chaos [-- --kills 100] [--seed 7] [--events 400]`: its exit status is 0 when every invariant held. */
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';

const EVENTS_PER_KILL = 30;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    events: { type: 'string' },
  },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
console.log(`seed ${seed}`);
const events = Number(values.events ?? kills * EVENTS_PER_KILL);
const report = await chaos({ kills, seed, events, onProgress: (line) => console.log(line) });

const { checks, states, violations, durationMs } = report;
console.log(
  `\n${report.kills} kills of the hub, ${report.functionKills} of functions, in ${(durationMs / 1_000).toFixed(1)} s`,
);
console.log(
  `${report.acknowledged} events acknowledged, ${report.sentAgain} sent again for want of an answer, ` +
    `${report.repeated} repeated, ${report.forged} forged`,
);
console.log(`deliveries: ${JSON.stringify(states)}; effects: ${report.effects}`);
for (const [name, count] of Object.entries(checks)) console.log(`  checked ${count} times: ${name}`);
for (const violation of violations) console.log(`VIOLATED  ${violation}`);
console.log(violations.length === 0 ? 'every invariant held' : `${violations.length} violations with seed ${seed}`);
process.exitCode = violations.length === 0 ? 0 : 1;
