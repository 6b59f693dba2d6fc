import type { Timing } from '../functions/core/names.ts';
import { Mistake, nearest } from './mistake.ts';

/** One deployment of the hub. */
export type Stage = {
  /** Which flows it has: all of `functions/flows`, or these. */
  readonly flows: 'all' | readonly string[];
  /** Who is told of alarms; the address must confirm the subscription. @default nobody */
  readonly alarmEmail?: string | undefined;
  /** How long logs are kept. A value that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 … */
  readonly logRetentionDays: number;
  /** What becomes of tables, queues, secrets and the bucket when their stack is deleted. */
  readonly statefulResources: 'retain' | 'destroy';
  /** `test` divides retry delays by 100. @default 'normal' */
  readonly timing: Timing;
  /** Requests a second that one source may send, and the burst above it. @default 100 and 200 */
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number };
  /** The account's Lambda concurrency; all flows together use at most half of it. @default 1000 */
  readonly accountConcurrency: number;
};

type Defaults = 'timing' | 'throttle' | 'accountConcurrency';

/** Describes a stage; what is left out has the default that its field states. */
export const stage = (settings: Omit<Stage, Defaults> & Partial<Pick<Stage, Defaults>>): Stage => ({
  timing: 'normal',
  throttle: { ratePerSecond: 100, burst: 200 },
  accountConcurrency: 1_000,
  ...settings,
});

/** The stage of that name. @throws Mistake that names those there are. */
export function stageNamed(stages: Readonly<Record<string, Stage>>, stageName: string): Stage {
  const stage = Object.hasOwn(stages, stageName) ? stages[stageName] : undefined;
  if (!stage)
    throw new Mistake('stages.ts', `there is no stage '${stageName}'${nearest(stageName, Object.keys(stages))}`);
  if (!/^[a-z][a-z0-9]{0,9}$/.test(stageName)) {
    throw new Mistake('stages.ts', `stage '${stageName}': a name is up to 10 lower-case letters and digits`);
  }
  return stage;
}
