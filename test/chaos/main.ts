/**
 * `npm run chaos [-- --events 5000] [--kills 10] [--seed 7]`: its exit status is 0 when every invariant held. The last line
 * is JSON with all counts.
 */
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';
import { printReport } from './report.ts';

const DEFAULT_KILLS = 10;
/** Of each, when the other is given. */
const EVENTS_PER_KILL = 500;
const EVENTS_OF_A_KILL = 30;

const { values } = parseArgs({
  options: {
    events: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const events = Number(values.events ?? Number(values.kills ?? DEFAULT_KILLS) * EVENTS_OF_A_KILL);
const kills = Number(values.kills ?? Math.ceil(events / EVENTS_PER_KILL));
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const report = await chaos({ events, kills, seed, onProgress: (line) => console.log(line) });
printReport(report);
process.exitCode = report.violations.length === 0 ? 0 : 1;
