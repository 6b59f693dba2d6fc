/**
 * Logs where an emulated service failed. The error's message stays out: a parser's may quote an item or a secret.
 *
 * @param error What was thrown and is no answer of the API's.
 */
export function logBug(service: string, operation: string, error: unknown): void {
  const { name, stack = '' } = error as Partial<Error>;
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  process.stderr.write(`[syncline] [laptop] [${service}] ${operation}: ${name}\n${frames.join('\n')}\n`);
}
