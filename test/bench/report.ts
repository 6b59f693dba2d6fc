export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** A figure, what it was aimed at, and how it spread. */
export function report(name: string, values: readonly number[], unit: string, aim: string): void {
  const digits = median(values) < 10 ? 2 : 0;
  const [low, mid, high] = [Math.min(...values), median(values), Math.max(...values)].map((value) =>
    value.toFixed(digits),
  );
  process.stdout.write(`${name.padEnd(52)} median ${mid} ${unit} (${low} to ${high}); aim ${aim}\n`);
}
