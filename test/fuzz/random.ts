/** A source of chance that a seed repeats. */
export type Random = {
  /** From 0 to below `limit`. */
  int(limit: number): number;
  pick<Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item;
  /** True so many times in a hundred. */
  percent(chance: number): boolean;
  bytes(length: number): Buffer<ArrayBuffer>;
};

/** The same numbers for the same parts: a case is repeated without those before it. */
export function createRandom(...seed: (string | number)[]): Random {
  let state = hash(seed.join('/'));
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (limit: number) => Math.floor(next() * limit);
  return {
    int,
    pick: <Item>(items: readonly Item[]) => items[int(items.length)]!,
    percent: (chance) => next() * 100 < chance,
    bytes: (length) => Buffer.from(Array.from({ length }, () => int(256))),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193);
  return value;
}
