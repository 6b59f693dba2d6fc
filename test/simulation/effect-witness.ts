/** What took effect at the vendors, how often, and what may have (docs/delivery.md, rule 3). */
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import { logicalOf } from './flows.ts';
import type { FlowPlan, Plan } from './plan.ts';
import type { Vendor } from './vendors.ts';
import type { Hold } from './witness.ts';

type Scene = { readonly plan: Plan; readonly vendors: readonly Vendor[] };

export class EffectWitness {
  readonly #scene: Scene;
  readonly #hold: Hold;
  readonly #flows: ReadonlyMap<string, FlowPlan>;
  readonly #pending = new Set<string>();
  /** How often what cannot be repeated may take effect, where an operator asked for more than once. */
  readonly #repeats = new Map<string, number>();

  constructor(scene: Scene, hold: Hold) {
    this.#scene = scene;
    this.#hold = hold;
    this.#flows = new Map(scene.plan.flows.map((flow) => [flow.name, flow]));
  }

  /** A call that cannot be repeated is under way … */
  pends(logical: string): void {
    this.#pending.add(logical);
  }

  /** … and its caller has seen how it ended. */
  cleared(logical: string): void {
    this.#pending.delete(logical);
  }

  /** An operator has looked what became of a delivery's calls. */
  resolved(id: string): void {
    for (const logical of this.#pending) if (logical.startsWith(`${id} `)) this.#pending.delete(logical);
  }

  /** An operator asked for all of a delivery's steps once more. */
  mayHappenAgain(id: string): void {
    this.#repeats.set(id, this.#allowed(id) + 1);
  }

  #allowed = (id: string) => this.#repeats.get(id) ?? 1;

  /** What ends or stops must not hide a call of which nobody knows how it ended. */
  hidesNothing(row: DeliveryRow, id: string): void {
    const { operations } = this.#flows.get(row.flow)!;
    const hidden = operations.findIndex(
      ({ by, ifUnknown }, index) => by === 'none' && ifUnknown === 'stop' && this.#pending.has(logicalOf(id, index)),
    );
    this.#hold(
      'no end hides an unknown',
      hidden < 0,
      id,
      () => `${row.state}, and operation ${hidden} may have happened`,
    );
  }

  /** Something took effect at a vendor. */
  tookEffect(vendor: Vendor, by: string, logical: string): void {
    const [id, index] = logical.split(' ') as [string, string];
    const flow = id.split('/')[0]!;
    const operation = this.#flows.get(flow)!.operations[Number(index)]!;
    const count = vendor.effects.get(logical)!;
    const text = () => `operation ${index} (${by}) took effect ${count} times`;
    const excused = vendor.forgot.has(logical);
    const once = count <= this.#allowed(id);
    if (by === 'key') this.#hold('key: once', once || excused, id, text);
    if (by === 'lookup') this.#hold('lookup: once', once, id, text);
    if (by === 'none' && operation.ifUnknown !== 'repeat') this.#hold('none: at most once', once, id, text);
  }

  /** What is reported delivered has taken effect. */
  reported(row: DeliveryRow, id: string): void {
    const { operations } = this.#flows.get(row.flow)!;
    const missing = operations.findIndex(
      ({ vendor }, index) => !this.#scene.vendors[vendor]!.effects.has(logicalOf(id, index)),
    );
    this.#hold('delivered took effect', missing < 0, id, () => `delivered, and operation ${missing} took no effect`);
  }
}
