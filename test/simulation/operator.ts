/** An operator: looks into the targets and resolves what is unknown, publishes deliveries anew. */
import { ledgerKey } from '../../functions/core/delivery-id.ts';
import { encodeEnvelope, UNREADABLE } from '../../functions/core/envelope.ts';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import { resolve, type Word } from '../../functions/core/resolve.ts';
import { logicalOf } from './flows.ts';
import { HOUR } from './plan.ts';
import { idOf, type Suspect } from './witness.ts';
import type { World } from './world.ts';

/** By then every call in doubt has done what it will ever do. */
const PATIENCE_MS = HOUR;

const OPERATOR: Suspect = {
  ...{ name: 'operator', alive: true, endsAt: Number.POSITIVE_INFINITY },
  ...{ holds: new Map(), lost: new Set(), called: new Set() },
};

/** Says of each unknown delivery what can be seen at its target. */
export function resolveAll(world: World): void {
  const { memory, scheduler, chance } = world;
  for (const row of [...memory.rows.values()]) {
    const { now } = scheduler;
    if (row.state !== 'unknown' || now - (row.stoppedAt ?? now) < PATIENCE_MS) continue;
    const id = idOf(row.flow, row.key);
    const word = wordOn(world, row, id);
    const resolved = word && resolve(row, word, { by: 'operator', now, random: chance });
    if (!resolved || 'problem' in resolved) continue;
    world.note?.(id, 'operator', `says ${JSON.stringify(word)}`);
    if (resolved.step) void memory.ledger.writeStep(resolved.step);
    void memory.ledger.write(resolved.row, row.token);
    world.count('resolved');
    world.witness.effects.resolved(id);
    world.witness.wrote(OPERATOR, row, memory.rows.get(ledgerKey(row))!);
  }
}

/** What the operator sees; undefined when it tells him nothing. */
function wordOn({ plan, vendors, memory }: World, row: DeliveryRow, id: string): Word | undefined {
  // An effect may be an earlier generation's.
  if (row.again === 'all') return undefined;
  const { operations } = plan.flows.find(({ name }) => name === row.flow)!;
  const hasHappened = (index: number) =>
    vendors[operations[index]!.vendor]!.effects.has(logicalOf(id, index)) && operations[index]!.by !== 'upsert';
  const happened = { how: 'happened', result: { id: '1' } } as const;
  const doubted = row.openStep ?? row.ambiguousStep;
  if (doubted !== undefined) return hasHappened(indexOf(doubted, operations.length)) ? happened : { how: 'repeat' };
  const stored = [...(memory.steps.get(ledgerKey(row))?.keys() ?? [])].map((step) => indexOf(step, operations.length));
  const isUntold = operations.some((_, index) => hasHappened(index) && !stored.includes(index));
  return isUntold ? undefined : { how: 'repeat' };
}

const indexOf = (step: string, count: number) => (step === 'result' ? count - 1 : Number(/^step(\d+)/.exec(step)?.[1]));

/** Holds a flow's messages back … */
export function park({ parks, witness, guard, scheduler }: World, flow: string): void {
  const subject = { kind: 'flow', name: flow } as const;
  const held = { subject, reason: 'operator', since: scheduler.now, by: 'operator', why: 'a test' } as const;
  void parks.parks.add(held);
  witness.parks.parked(held);
  guard.wake();
}

/** … and lets them go on. */
export function resume({ parks, witness, guard }: World, flow: string): void {
  const subject = { kind: 'flow', name: flow } as const;
  void parks.parks.remove(subject, 'operator');
  witness.parks.unparked(subject, 'operator');
  guard.wake();
}

/** Publishes some of a flow's deliveries anew, whatever their state. */
export function editSome(world: World, flow: string, again: 'all' | readonly string[]): void {
  const { memory, scheduler, chance } = world;
  const rows = [...memory.rows.values()].filter((row) => row.flow === flow && !row.key.startsWith(UNREADABLE));
  for (const row of rows.filter(() => chance.is(0.2))) {
    const [original] = world.messagesOf(flow, row.key);
    if (!original) continue;
    const reissue = { kind: chance.pick(['edit', 'replay'] as const), by: 'operator', why: 'a test', again };
    const published = { acceptId: chance.id(), publishedAt: scheduler.now, generation: row.generation + 1, reissue };
    world.count('edited');
    if (again === 'all') world.witness.effects.mayHappenAgain(idOf(flow, row.key));
    world.enqueue(flow, encodeEnvelope({ ...original.envelope, ...published }), 'send');
  }
}
