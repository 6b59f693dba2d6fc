import { type Entry, nameOf } from './calendar.ts';
import type { Load } from './load.ts';
import { begin, type End, type Stage } from './troubles.ts';
import { pause } from './world.ts';

const LOOK_MS = 10;
/** What takes longer to end goes on beside the next troubles. */
const PATIENCE_MS = 500;

type Active = { end: End; untilAnswers: number; untilMs: number };

/**
 * Begins the calendar's troubles and ends them; it is over when all have ended.
 *
 * @returns How often each has begun.
 */
export async function follow(
  calendar: readonly Entry[],
  load: Load,
  stage: Stage,
  onProgress: (line: string) => void,
): Promise<Record<string, number>> {
  const begun: Record<string, number> = {};
  let active: Active[] = [];
  const ending: Promise<void>[] = [];
  const endThose = async (isOver: (entry: Active) => boolean) => {
    const over = active.filter(isOver);
    active = active.filter((entry) => !over.includes(entry));
    for (const { end } of over) {
      const ended = end();
      ending.push(ended);
      // Whether it failed shows when all are awaited.
      await Promise.race([ended.catch(() => {}), pause(PATIENCE_MS)]);
    }
  };
  const isDue = ({ untilAnswers, untilMs }: Active) => load.answers() >= untilAnswers || performance.now() >= untilMs;
  for (const { at, trouble, answers, longestMs } of calendar) {
    while (load.acknowledged() < at) {
      await endThose(isDue);
      await pause(LOOK_MS);
    }
    const name = nameOf(trouble);
    begun[name] = (begun[name] ?? 0) + 1;
    const end = await begin(trouble, stage);
    active.push({ end, untilAnswers: load.answers() + answers, untilMs: performance.now() + longestMs });
    if (trouble.kind === 'kill-hub') onProgress(`kill ${begun[name]}: ${load.acknowledged()} acknowledged`);
  }
  while (active.length > 0) {
    await endThose(isDue);
    await pause(LOOK_MS);
  }
  await Promise.all(ending);
  return begun;
}
