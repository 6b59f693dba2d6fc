import type { BuildFailure } from 'esbuild';

/** What was wrong, in one line. */
export function mistakeLine(error: unknown): string {
  const [first, ...more] = (error as Partial<BuildFailure>).errors ?? [];
  if (!first) return firstLine(error instanceof Error ? error.message : String(error));
  const { file, line, column } = first.location ?? { file: 'functions', line: 1, column: 0 };
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return `[syncline] ${file}:${line}:${column + 1}: ${firstLine(first.text)}${others}`;
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';

/** @param names Functions, without the part that all have in common. */
export function swappedLine(names: readonly string[], ms: number): string {
  if (names.length === 0) return '[syncline] saved; what runs is the same';
  const who = names.length > 3 ? `${names.length} functions` : names.join(', ');
  return `[syncline] ${who} ${names.length === 1 ? 'runs' : 'run'} the new code (${(ms / 1_000).toFixed(2)} s)`;
}

export const restartLine = (changes: readonly string[]) =>
  `[syncline] ${changes.join(', ')}: that changes the template. Stop with Ctrl+C and start again; until then the hub runs as before`;
