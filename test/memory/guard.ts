import type {
  Attention,
  FlowMapping,
  Gauges,
  InvocationMinute,
  Invocations,
  Mappings,
  Note,
  Notes,
  ProbeAnswer,
  Probes,
} from '../../functions/core/ports.ts';

/** The guard's notes in memory. */
export function memoryNotes() {
  const held = new Map<string, Note>();
  const notes: Notes = {
    read: async (names) => new Map(names.flatMap((name) => (held.has(name) ? [[name, held.get(name)!]] : []))),
    write: async (name, note) => void held.set(name, note),
  };
  return { notes, held };
}

/** Mappings that change at once, by flow; their ids are the flows' names. */
export function memoryMappings(flows: Readonly<Record<string, Omit<FlowMapping, 'id'>>>) {
  const held = new Map(Object.entries(flows).map(([flow, mapping]) => [flow, { id: flow, ...mapping }]));
  const changes: { id: string; enabled: boolean; maximumConcurrency?: number }[] = [];
  const failing = new Set<string>();
  let lists = 0;
  const mappings: Mappings = {
    async list() {
      lists++;
      return new Map(held);
    },
    async change(id, to) {
      if (failing.has(id)) throw new Error('ResourceInUseException');
      changes.push({ id, ...to });
      const { maximumConcurrency = held.get(id)!.maximumConcurrency } = to;
      held.set(id, { id, state: to.enabled ? 'Enabled' : 'Disabled', maximumConcurrency });
    },
  };
  return { mappings, held, changes, failing, lists: () => lists };
}

/**
 * Answers by target; one that is an error is thrown.
 *
 * @param running Whether a flow's function can be loaded, by flow; an error is thrown. @default it can
 */
export function memoryProbes(
  answers: Record<string, ProbeAnswer | Error>,
  running: Record<string, boolean | Error> = {},
) {
  const asked: { flow: string; target: string }[] = [];
  const probes: Probes = {
    async probe(flow, target) {
      asked.push({ flow, target });
      const answer = answers[target];
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error(`no answer for ${target}`);
      return answer;
    },
    async answers(flow, target) {
      asked.push({ flow, target });
      const runs = running[flow] ?? true;
      if (runs instanceof Error) throw runs;
      return runs;
    },
  };
  return { probes, asked, answers, running };
}

/** What Lambda has counted, by flow. */
export function memoryInvocations() {
  const held = new Map<string, InvocationMinute[]>();
  const asked: { flows: readonly string[]; from: number; to: number }[] = [];
  const state = { isAway: false };
  const invocations: Invocations = {
    async count(flows, from, to) {
      asked.push({ flows, from, to });
      if (state.isAway) throw new Error('CloudWatch cannot be asked');
      const within = ({ at }: InvocationMinute) => at >= from && at < to;
      return new Map(flows.map((flow) => [flow, (held.get(flow) ?? []).filter(within)]));
    },
  };
  /** Counts invocations in the minute of this time. */
  const count = (flow: string, time: number, total: number, errors: number) => {
    const at = time - (time % 60_000);
    const [others, same] = [held.get(flow) ?? [], held.get(flow)?.find((minute) => minute.at === at)];
    const sum = { at, invocations: (same?.invocations ?? 0) + total, errors: (same?.errors ?? 0) + errors };
    held.set(
      flow,
      [...others.filter((minute) => minute.at !== at), sum].sort((one, other) => one.at - other.at),
    );
  };
  return { invocations, held, asked, state, count };
}

/** Times at which messages expire, by flow. */
export function memoryAttention(expiries: Readonly<Record<string, readonly number[]>> = {}) {
  const failing = new Set<string>();
  const attention: Attention = {
    async countExpiring(flow, from, to) {
      if (failing.has(flow)) throw new Error('the ledger cannot be reached');
      return (expiries[flow] ?? []).filter((at) => at >= from && at <= to).length;
    },
  };
  return { attention, failing };
}

/** What was told, as `<flow> <metric> <value>`. */
export function memoryGauges() {
  const told: string[] = [];
  const gauges: Gauges = { set: (flow, metric, value) => void told.push(`${flow} ${metric} ${value}`) };
  return { gauges, told };
}
