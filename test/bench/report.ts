export const median = (values: readonly number[]): number => percentile(values, 50);

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]!;
}

export type Figure = {
  readonly name: string;
  /** One for each round. */
  readonly values: readonly number[];
  readonly unit: string;
  /** What it should be: at least (`min`) or at most (`max`). Without it, the figure is only told. */
  readonly min?: number;
  readonly max?: number;
};

/**
 * Prints a figure with its spread. Machines differ and are shared, so an aim is held at half: a figure worse than that fails
 * the run.
 */
export function report({ name, values, unit, min, max }: Figure): void {
  const middle = median(values);
  const failed = (min !== undefined && middle < min / 2) || (max !== undefined && middle > max * 2);
  const digits = middle < 10 ? 2 : 0;
  const [low, mid, high] = [Math.min(...values), middle, Math.max(...values)].map((value) => value.toFixed(digits));
  const aim = min !== undefined ? `; aim ${min} or more` : max !== undefined ? `; aim ${max} or less` : '';
  const verdict = failed ? '  FAILED: worse than half of that' : '';
  process.stdout.write(`${name.padEnd(50)} median ${mid} ${unit} (${low} to ${high})${aim}${verdict}\n`);
  if (failed) process.exitCode = 1;
}
