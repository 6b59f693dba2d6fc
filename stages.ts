import { stage } from './lib/stage.ts';

/** A laptop's hub throttles as API Gateway does; these stages shall show what the hub can do, not what we allow vendors. */
const FOR_LOAD_TESTS = { ratePerSecond: 2_000, burst: 5_000 };

/**
 * The deployments of this hub, one typed object each. `dev` is the default; choose another with `-c stage=<name>`.
 */
export const stages = {
  dev: stage({
    flows: 'all',
    logRetentionDays: 30,
    statefulResources: 'destroy',
    throttle: FOR_LOAD_TESTS,
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
    throttle: FOR_LOAD_TESTS,
  }),
};
