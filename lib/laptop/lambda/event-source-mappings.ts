import type { EventSourceMappingDefinition } from '../assembly/event-source-mappings.ts';

/**
 * State of an event source mapping, as `GetEventSourceMapping` gives it.
 *
 * - Enabled: polls. To Disabling and Updating by `UpdateEventSourceMapping`.
 * - Disabling: polls no more; what is invoked finishes. To Disabled.
 * - Disabled: to Enabling by `UpdateEventSourceMapping`.
 * - Enabling: about to poll. To Enabled.
 * - Updating: about to take a new maximum concurrency. Back to Enabled or Disabled.
 */
export type EventSourceMappingState = 'Enabled' | 'Disabling' | 'Disabled' | 'Enabling' | 'Updating';

/** A mapping as it is now: `enabled` and `maximumConcurrency` may have been changed since it was defined. */
export type EventSourceMappingStatus = EventSourceMappingDefinition & {
  state: EventSourceMappingState;
  /** In Lambda's words: `No records processed`, `OK`, or `PROBLEM: …`. */
  lastProcessingResult: string;
  lastModifiedEpochMs: number;
};

/** What the API operations need of the pollers. */
export type EventSourceMappings = {
  list(): EventSourceMappingStatus[];
  setEnabled(id: string, enabled: boolean): void;
  setMaximumConcurrency(id: string, maximumConcurrency: number): void;
};
