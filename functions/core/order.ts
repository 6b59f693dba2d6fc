/**
 * The order of one entity's deliveries: whether a flow can have `latest-wins`, and why not (docs/delivery.md, rule 11).
 */
import type { Flow } from './flow.ts';
import type { EventType, Source } from './source.ts';

export type Order = 'latest-wins' | 'any';

type Ordered = Pick<Flow, 'sources' | 'types' | 'operations'>;

/** `latest-wins` where nothing stands in its way and every event holds the whole record. */
export function defaultOrder(flow: Ordered): Order {
  const isState = typesOf(flow).every(({ definition }) => definition.shape === 'state');
  return isState && obstacleToOrder({ ...flow, entity: undefined }) === undefined ? 'latest-wins' : 'any';
}

/** Why a flow cannot have `latest-wins`, and what to write instead; undefined when it can. */
export function obstacleToOrder(flow: Ordered & Pick<Flow, 'entity'>): string | undefined {
  if (flow.types === 'any') {
    return "order 'latest-wins' needs its event types by name: list them in \"types\", or write order: 'any'";
  }
  for (const type of typesOf(flow)) {
    const obstacle = obstacleOfType(type.definition, flow.entity !== undefined);
    if (obstacle) return `order 'latest-wins' cannot be had for type '${type.name}' of ${type.kind}: ${obstacle}`;
  }
  for (const { id, target, operation } of flow.operations) {
    const { by } = target.definition.operations[operation]!.repeatable;
    if (by === 'upsert') continue;
    const why = `it is repeatable by '${by}', so what it did for an older event stays done`;
    return `order 'latest-wins' cannot be had with ${id}: ${why}; give it a flow of its own, or write order: 'any'`;
  }
  return undefined;
}

function obstacleOfType({ shape, identity, ordered = true }: EventType, hasEntity: boolean): string | undefined {
  if (identity === 'content') return "its events may have no id, and so count as hints; write order: 'any'";
  if (shape === 'hint') return "it is a hint, which holds no state that could be the latest; write order: 'any'";
  if (!ordered) return "its events have neither a time nor a sequence; write order: 'any'";
  if (shape === 'state' || hasEntity) return undefined;
  const why = 'it is a delta, and a newer change of one field must not displace an older change of another';
  return `${why}; give entity: (event) => … with the changed field in it, or write order: 'any'`;
}

/** The named types, once for each source that has them. */
function typesOf({ sources, types }: Ordered): { name: string; kind: string; definition: EventType }[] {
  if (types === 'any') return [];
  return sources.flatMap(({ definition: { kind, types: known } }: Source) =>
    types.flatMap((name) => (known[name] ? [{ name, kind, definition: known[name] }] : [])),
  );
}
