import {
  CALL_ABORT_MARGIN_MS,
  CALL_TIMEOUT_MS,
  deliverTimeoutMs,
  QUEUE,
  speedOf,
  type Timing,
} from '../../functions/core/names.ts';
import type { NamedFlow } from '../definitions.ts';
import { Mistake } from '../mistake.ts';

/** Requests per second that one worker may send, by target. */
export type Pace = Readonly<Record<string, number>>;

/** Of what a vendor allows: clocks differ, and an operator may want to look something up meanwhile. */
const SHARE = 0.9;

/**
 * Shares out what each target allows among all workers that may call it at the same time: the sum of maximum concurrency
 * over the flows that name it. Sandboxes alone stand behind the `test` profile, whose time passes faster.
 *
 * @param flows All of the stage's, whatever their stack.
 * @throws Mistake when so many share a target that a worker could not send one call in an invocation.
 */
export function paceOf(flows: readonly NamedFlow[], timing: Timing): Pace {
  const targets = new Map(flows.flatMap(({ flow }) => flow.operations.map(({ target }) => [target.name, target])));
  const paces = [...targets].map(([name, { definition }]) => {
    const sharing = flows.filter(({ flow }) => flow.operations.some(({ target }) => target.name === name));
    const workers = sharing.length * QUEUE.maximumConcurrency;
    const perSecond = (perSecondOf(definition.limit) * SHARE * speedOf(timing)) / workers;
    for (const named of sharing) refuseTooSlow(named, name, { perSecond, workers, flows: sharing.length });
    return [name, Number(perSecond.toPrecision(4))];
  });
  return Object.fromEntries(paces);
}

/** A flow's own part of the pace: what its function is told. */
export const paceOfFlow = ({ flow }: NamedFlow, pace: Pace): Pace =>
  Object.fromEntries(flow.operations.map(({ target }) => [target.name, pace[target.name]!]));

/**
 * How many messages a worker gets at once: no more than it can deliver before its time is up, if every operation of the
 * flow goes at the pace of the slowest. A flow without operations waits for nobody.
 */
export function batchSizeOf({ flow }: NamedFlow, pace: Pace): number {
  if (flow.operations.length === 0) return QUEUE.batchSize;
  const usableMs = deliverTimeoutMs(flow.freshness) - CALL_TIMEOUT_MS - CALL_ABORT_MARGIN_MS;
  const slowest = Math.min(...flow.operations.map((operation) => slowestOf(operation, pace)));
  const deliveries = Math.floor((slowest * usableMs) / 1_000 / flow.operations.length);
  return Math.min(Math.max(deliveries, 1), QUEUE.batchSize);
}

/** An operation with a limit for each key may meet the same key in every message. */
function slowestOf({ target, operation }: NamedFlow['flow']['operations'][number], pace: Pace): number {
  const { limit, operations } = target.definition;
  const { paced } = operations[operation]!;
  const perSecond = pace[target.name]!;
  return paced ? Math.min(perSecond, (perSecond / perSecondOf(limit)) * perSecondOf(paced)) : perSecond;
}

const perSecondOf = ({ requests, perMs }: { requests: number; perMs: number }) => (requests / perMs) * 1_000;

function refuseTooSlow(
  { file, flow }: NamedFlow,
  target: string,
  { perSecond, workers, flows }: { perSecond: number; workers: number; flows: number },
): void {
  const timeoutSeconds = deliverTimeoutMs(flow.freshness) / 1_000;
  if (perSecond * timeoutSeconds >= 1) return;
  const given = `${workers} workers of ${flows} flows share target '${target}', one call in ${Math.ceil(1 / perSecond)} s each`;
  const orLonger = flow.freshness === 'real-time' ? ", or give it freshness 'batch'" : '';
  throw new Mistake(
    file,
    `${given}, and its function ends after ${timeoutSeconds} s: let fewer flows write there${orLonger}`,
  );
}
