/** A mistake in a file that belongs to the company: shown as one line, without a stack trace. */
export class Mistake extends Error {
  constructor(file: string, problem: string) {
    super(`[syncline] ${file}: ${problem}`);
    this.name = 'Mistake';
  }
}

/** `; did you mean 'x'?` when something is near enough, else what there is. */
export function nearest(wrong: string, right: readonly string[]): string {
  const ranked = right
    .map((word) => ({ word, distance: distance(wrong, word) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best && best.distance <= Math.max(2, wrong.length / 3)) return `; did you mean '${best.word}'?`;
  return right.length > 0 ? `; there are ${right.map((word) => `'${word}'`).join(', ')}` : '';
}

/** Levenshtein distance. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const substitution = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
