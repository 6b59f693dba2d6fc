import type {
  Attention,
  FlowMapping,
  Gauges,
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

/** Answers by target; one that is an error is thrown. */
export function memoryProbes(answers: Record<string, ProbeAnswer | Error>) {
  const asked: { flow: string; target: string }[] = [];
  const probes: Probes = {
    async probe(flow, target) {
      asked.push({ flow, target });
      const answer = answers[target];
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error(`no answer for ${target}`);
      return answer;
    },
  };
  return { probes, asked, answers };
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
