/** Starts the work on each item in order, at most `atOnce` at a time. */
export function inLanes<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result>[] {
  const rest = items.map((item) => ({ item, ...Promise.withResolvers<Result>() }));
  const results = rest.map(({ promise }) => promise);
  const next = async (): Promise<void> => {
    const entry = rest.shift();
    if (!entry) return;
    await work(entry.item).then(entry.resolve, entry.reject);
    return next();
  };
  for (let lane = 0; lane < atOnce; lane += 1) void next();
  return results;
}
