/** What every line of a function says of its surroundings: known from the function's name, or of use in the files only. */
const LEFT_OUT = new Set([
  ...['level', 'message', 'timestamp', 'service', 'flow', 'source', 'cold_start', 'sampling_rate', 'xray_trace_id'],
  ...['function_arn', 'function_memory_size', 'function_name', 'function_request_id', 'acceptId', 'messageId', 'error'],
]);

type Line = { level?: string; message?: string; timestamp?: string; error?: { name?: string; message?: string } };

/**
 * A function's log line for people: `09:30:01.123 INFO  deliver-x  delivery delivered  attempt=1 …`.
 *
 * @param name The function's, without the part that all have in common.
 * @returns undefined for a metric, which is no line to read.
 */
export function logLine(name: string, line: string): string | undefined {
  const fields = parse(line);
  if (!fields) return `${name} | ${line}`;
  if ('_aws' in fields) return undefined;
  const { level = 'INFO', message = '', timestamp = '', error }: Line = fields;
  const said = Object.entries(fields).flatMap(([field, value]) =>
    LEFT_OUT.has(field) || value === undefined || value === null ? [] : [`${field}=${shown(value)}`],
  );
  const failure = error ? [`${error.name ?? 'Error'}: ${error.message ?? ''}`] : [];
  const head = [timeOf(timestamp), level.padEnd(5), name].filter((part) => part !== '').join(' ');
  return [head, message, ...failure, said.join(' ')].filter((part) => part !== '').join('  ');
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  return undefined;
}

const timeOf = (timestamp: string) => /T([\d:.]+)/.exec(timestamp)?.[1] ?? '';

const shown = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /\s/.test(text) ? JSON.stringify(text) : text;
};
