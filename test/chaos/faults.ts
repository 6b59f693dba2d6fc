import type { World } from './world.ts';

type Fault = { kind: string; service?: string };

const nameOf = ({ kind, service }: Fault) => (service === undefined ? kind : `${kind} ${service}`);

/** The faults that are set in the hub. It takes them all at once and forgets them when it dies. */
export function createFaultBoard(world: World) {
  const set = new Map<number, string>();
  const hits: Record<string, number> = {};
  let count = 0;

  /** A skew strikes nobody, it is there. */
  const countHits = (name: string, more = 1) => {
    if (!name.startsWith('skew-clock')) hits[name] = (hits[name] ?? 0) + more;
  };

  async function noteHits(): Promise<void> {
    const answer = await fetch(`${world.hub().ready.control}/faults`);
    const { faults } = (await answer.json()) as { faults: { fault: Fault; hits: number }[] };
    for (const status of faults) countHits(nameOf(status.fault), status.hits);
  }

  /** Makes the hub's faults those that are set here. */
  async function apply(): Promise<void> {
    await noteHits();
    await world.hub().faults(...set.values());
  }

  return {
    /** How often faults have struck. */
    hits,
    /** To be called right before the hub dies, which forgets them. */
    noteHits,
    count: (name: string) => countHits(name),
    apply,
    async add(fault: string): Promise<() => Promise<void>> {
      const id = count++;
      set.set(id, fault);
      await apply();
      return async () => {
        set.delete(id);
        await apply();
      };
    },
  };
}

export type FaultBoard = ReturnType<typeof createFaultBoard>;
