import { join } from 'node:path';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import { type Alarm, firesOn, readAlarms } from './alarms.ts';
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

  async function look(): Promise<void> {
    const now = (await hub.now()).getTime();
    const deadLetters = new Map<string, number>();
    for (const flow of Object.values(FLOWS)) {
      const [queue, dead] = [hub.names.queue(flow), hub.names.deadLetterQueue(flow)];
      const at = { now, lostAfterMs: 0 };
      mostReceives.set(flow, Math.max(mostReceives.get(flow) ?? 0, queues.look(queue, at).mostReceives));
      deadLetters.set(flow, queues.look(dead, at).messages);
    }
    const lines = readLines();
    const failed = (await mappings()).flatMap(({ flow, hasFailed }) => (hasFailed ? [flow] : []));
    for (const alarm of quiet) {
      if (!fires(alarm, { lines, deadLetters, failed, refusals: refusals() })) continue;
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
  lines: readonly MetricLine[];
  deadLetters: ReadonlyMap<string, number>;
  failed: readonly string[];
  refusals: number;
};

/** Metrics of AWS's own services that the laptop has not are never seen to fire. */
function fires(alarm: Alarm, { lines, deadLetters, failed, refusals }: Seen): boolean {
  switch (`${alarm.namespace} ${alarm.metric}`) {
    case 'AWS/SQS ApproximateNumberOfMessagesVisible':
      return (deadLetters.get(alarm.subject) ?? 0) >= alarm.threshold;
    case 'AWS/Lambda Errors':
      return failed.includes(alarm.subject);
    case 'AWS/ApiGateway 5xx':
      return refusals >= alarm.threshold;
    default:
      return firesOn(alarm, lines);
  }
}
