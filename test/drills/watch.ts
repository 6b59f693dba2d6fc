import { join } from 'node:path';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import { type Alarm, firesOn, readAlarms, type Sample, samplesIn, type Watched } from './alarms.ts';
import { mappingsOf } from './mappings.ts';
import { type MetricLine, metricLinesOf } from './metric-lines.ts';
import type { Queues } from './queues.ts';

type Options = {
  hub: Hub;
  queues: Queues;
  /** Folder of the templates. */
  assembly: string;
  /** How many requests were answered 5xx. */
  refusals: () => number;
  say: (what: string) => Promise<void>;
};

/** Sees what an operator would be told of: each alarm of the templates when it would first have fired. */
export function createWatch({ hub, queues, assembly, refusals, say }: Options) {
  const quiet = new Set(readAlarms(assembly));
  const fired: string[] = [];
  const readLines = metricLinesOf(join(hub.folder, 'logs'));
  const mappings = mappingsOf(hub);
  const mostReceives = new Map<string, number>();
  /** Messages that waited for a poller, by flow, whenever somebody looked. */
  const visible = new Map<string, Sample[]>();

  async function look(): Promise<void> {
    const now = (await hub.now()).getTime();
    const deadLetters = new Map<string, number>();
    for (const flow of Object.values(FLOWS)) {
      const [queue, dead] = [hub.names.queue(flow), hub.names.deadLetterQueue(flow)];
      const at = { now, lostAfterMs: 0 };
      const seen = queues.look(queue, at);
      mostReceives.set(flow, Math.max(mostReceives.get(flow) ?? 0, seen.mostReceives));
      visible.set(flow, [...(visible.get(flow) ?? []), { at: now, value: seen.visible }]);
      deadLetters.set(flow, queues.look(dead, at).messages);
    }
    const lines = readLines();
    const failed = (await mappings()).flatMap(({ flow, hasFailed }) => (hasFailed ? [flow] : []));
    for (const alarm of quiet) {
      if (!fires(alarm, { now, lines, visible, deadLetters, failed, refusals: refusals() })) continue;
      quiet.delete(alarm);
      fired.push(alarm.name);
      await say(`ALARM ${alarm.name}`);
    }
  }

  return {
    look,
    firedAlarms: (): readonly string[] => fired,
    /** The most receives that a message of the flow was ever seen with. */
    mostReceives: (flow: keyof typeof FLOWS) => mostReceives.get(FLOWS[flow]) ?? 0,
  };
}

type Seen = {
  now: number;
  lines: readonly MetricLine[];
  visible: ReadonlyMap<string, readonly Sample[]>;
  deadLetters: ReadonlyMap<string, number>;
  failed: readonly string[];
  refusals: number;
};

/** Metrics of AWS's own services that the laptop has not are never seen to fire. */
function fires(alarm: Alarm, { now, lines, visible, deadLetters, failed, refusals }: Seen): boolean {
  const { watched, subject, threshold } = alarm;
  const own = samplesIn(lines, subject);
  const samplesOf = (one: Watched) => (nameOf(one) === VISIBLE ? (visible.get(subject) ?? []) : own(one));
  if ('expression' in watched) return firesOn(alarm, samplesOf, now);
  switch (nameOf(watched)) {
    case VISIBLE:
      return (deadLetters.get(subject) ?? 0) >= threshold;
    case 'AWS/Lambda Errors':
      return failed.includes(subject);
    case 'AWS/ApiGateway 5xx':
      return refusals >= threshold;
    default:
      return firesOn(alarm, own, Number.POSITIVE_INFINITY);
  }
}

/** Alone, an alarm looks at it of a dead-letter queue; in an expression, of the flow's queue. */
const VISIBLE = 'AWS/SQS ApproximateNumberOfMessagesVisible';

const nameOf = ({ namespace, metric }: Watched) => `${namespace} ${metric}`;
