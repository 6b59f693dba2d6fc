import { stage } from './lib/stage.ts';

/**
 * The deployments of this hub, one typed object each. `dev` is the default; choose another with `-c stage=<name>`.
 */
export const stages = {
  dev: stage({
    flows: 'all',
    logRetentionDays: 30,
    statefulResources: 'destroy',
  }),

  prod: stage({
    flows: 'all',
    alarmEmail: undefined,
    logRetentionDays: 180,
    statefulResources: 'retain',
  }),

  /** For tests on the laptop: a day of retries passes in minutes. */
  test: stage({
    flows: 'all',
    logRetentionDays: 1,
    statefulResources: 'destroy',
    timing: 'test',
  }),
};
