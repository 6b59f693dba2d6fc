import { readFileSync, writeFileSync } from 'node:fs';
import type { EventSourceMappingDefinition } from './assembly/event-source-mappings.ts';

type Change = { enabled: boolean; maximumConcurrency?: number };

/**
 * What was changed on event source mappings, as on AWS: a flow that an operator paused stays paused over a restart.
 *
 * @param file A JSON file in the data folder; it need not exist.
 */
export function keptMappings(file: string) {
  const changes = read(file);
  return {
    apply: (mappings: readonly EventSourceMappingDefinition[]) =>
      mappings.map((mapping) => ({ ...mapping, ...changes[mapping.id] })),
    keep(id: string, change: Change) {
      changes[id] = change;
      writeFileSync(file, JSON.stringify(changes));
    },
  };
}

function read(file: string): Record<string, Change> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
