/** `npm run drill [-- NAME …] [--list] [--events 2000]`: its exit status is 0 when every drill held. */
import { parseArgs } from 'node:util';
import { beginDay } from './day.ts';
import type { Drill, DrillOptions } from './drill.ts';
import { drills } from './drills.ts';
import { type Reckoning, reckon } from './reckoning.ts';

const DEFAULT_EVENTS = 10_000;

type Report = Partial<Reckoning> & { drill: string; seconds: number; violations: readonly string[] };

/** Runs one drill on a hub of its own. What it throws is a violation too. */
async function hold(drill: Drill, options: DrillOptions): Promise<Report> {
  const startedAt = performance.now();
  console.log(`\n${drill.name}: ${drill.purpose}`);
  const day = await beginDay({ ...drill, onLine: (line) => console.log(`  ${line}`) });
  try {
    await drill.run(day, options);
    const reckoning = await reckon(day);
    if (reckoning.alarms.length === 0) console.log('  no alarm would have fired');
    return { drill: drill.name, ...reckoning, seconds: secondsSince(startedAt) };
  } catch (error) {
    const thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { drill: drill.name, seconds: secondsSince(startedAt), violations: [...day.violations, thrown] };
  } finally {
    await day.end();
  }
}

const secondsSince = (startedAt: number) => Math.round((performance.now() - startedAt) / 100) / 10;

function summary({ drill, violations, alarms: _, ...counts }: Report): string {
  const figures = Object.entries(counts).map(([name, value]) => `${value} ${name}`);
  return `${violations.length === 0 ? 'HELD' : 'BROKEN'}  ${drill}: ${figures.join(', ')}`;
}

function chosen(names: readonly string[]): readonly Drill[] {
  if (names.length === 0) return drills;
  return names.map((name) => {
    const drill = drills.find((each) => each.name === name);
    if (drill) return drill;
    throw new Error(`there is no drill '${name}'; there are ${drills.map((each) => each.name).join(', ')}`);
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    events: { type: 'string', default: String(DEFAULT_EVENTS) },
  },
});
if (values.list) for (const { name, purpose } of drills) console.log(`${name.padEnd(17)} ${purpose}`);
else {
  const reports: Report[] = [];
  for (const drill of chosen(positionals)) {
    const report = await hold(drill, { events: Number(values.events) });
    for (const violation of report.violations) console.log(`  VIOLATED  ${violation}`);
    console.log(summary(report));
    reports.push(report);
  }
  const held = reports.every(({ violations }) => violations.length === 0);
  console.log(JSON.stringify({ held, drills: reports }));
  process.exitCode = held ? 0 : 1;
}
