import { CommanderError } from 'commander';
import { SynthesisFailed } from '../laptop/synthesize.ts';
import { Mistake } from '../mistake.ts';
import { OperatorError } from '../ops/operator-error.ts';

/** A line for people on standard output. */
export const say = (line = '') => process.stdout.write(`${line}\n`);

/** A line of JSON on standard output. */
export const sayJson = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Progress and remarks: never on standard output, which scripts read. */
export const note = (line: string) => process.stderr.write(`${line}\n`);

/** Columns as wide as their widest cell; the last is not padded. */
export function sayTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all) {
    say(row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '));
  }
}

const EXIT_CODES: Readonly<Record<string, number>> = { 'wrong-use': 2, 'no-hub': 3 };

/** The one place that turns an error into words and an exit code. */
export function reportError(error: unknown, asJson: boolean): number {
  const { code, message, next } = describe(error);
  if (asJson) note(JSON.stringify({ error: { code, message, next } }));
  else
    note(`${message.startsWith('[syncline]') ? message : `[syncline] ${message}`}${next ? `\n  next: ${next}` : ''}`);
  return EXIT_CODES[code] ?? 1;
}

function describe(error: unknown): { code: string; message: string; next: string } {
  if (error instanceof OperatorError) return error;
  if (error instanceof CommanderError) {
    return { code: 'wrong-use', message: error.message.replace(/^error: /, ''), next: 'see "syncline --help"' };
  }
  if (error instanceof Mistake || error instanceof SynthesisFailed) {
    return { code: 'mistake', message: error.message, next: 'correct the file and start again' };
  }
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return { code: name, message, next: '' };
}
