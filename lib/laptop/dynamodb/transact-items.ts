/** The input types of a transaction: up to 100 items, each with one of `kinds`. */
export function transactItems(kinds: Record<string, Record<string, unknown>>): Record<string, unknown> {
  const structures = Object.entries(kinds).map(([kind, children]) => [
    kind,
    { type: `FieldStruct<${kind}>`, children },
  ]);
  return {
    ReturnConsumedCapacity: { type: 'String', enum: ['INDEXES', 'TOTAL', 'NONE'] },
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: 100,
      children: { type: 'ValueStruct<TransactItem>', notNull: true, children: Object.fromEntries(structures) },
    },
  };
}
