import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** One line of a function's log in CloudWatch's embedded metric format. */
export type MetricLine = Record<string, unknown> & { _aws: { Timestamp: number } };

/** Reads the metrics that the functions have written to their logs. @returns All of them so far, at each call. */
export function metricLinesOf(folder: string): () => readonly MetricLine[] {
  const found: MetricLine[] = [];
  const offsets = new Map<string, number>();
  return () => {
    for (const file of readdirSync(folder)) {
      const offset = offsets.get(file) ?? 0;
      const text = readFrom(join(folder, file), offset);
      // What follows the last line break is still being written.
      const whole = text.subarray(0, text.lastIndexOf('\n') + 1);
      offsets.set(file, offset + whole.length);
      for (const line of whole.toString('utf8').split('\n')) {
        if (line.startsWith('{') && line.includes('"_aws"')) found.push(JSON.parse(line));
      }
    }
    return found;
  };
}

function readFrom(file: string, offset: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - offset));
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(descriptor);
  }
}
