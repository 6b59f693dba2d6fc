import type { EventSourceMappingDefinition } from '../assembly/event-source-mappings.ts';
import type { EventSourceMappingState, EventSourceMappings } from '../lambda/event-source-mappings.ts';
import { AwsError } from '../service.ts';
import { Mapping } from './mapping.ts';
import type { PollerPorts } from './ports.ts';

export type PollersOptions = Omit<PollerPorts, 'receive' | 'delete'> & {
  mappings: EventSourceMappingDefinition[];
  queues: Pick<PollerPorts, 'receive' | 'delete'>;
  /** A mapping was enabled, disabled or given another maximum: to be kept for the next start. */
  onChange?: (id: string, change: { enabled: boolean; maximumConcurrency?: number }) => void;
};

export type Pollers = EventSourceMappings & {
  start(): void;
  /** Receives no more; resolves when all running invocations have ended. */
  stop(): Promise<void>;
  state(id: string): EventSourceMappingState;
};

/**
 * The pollers that Lambda runs between queues and functions: one for each event source mapping.
 *
 * They receive, invoke, and delete what the function has done. Not imitated: filters, and the pause that Lambda makes
 * after failed invocations.
 */
export function createPollers({ mappings, queues, onChange, ...ports }: PollersOptions): Pollers {
  const pollers = new Map(mappings.map((mapping) => [mapping.id, new Mapping(mapping, { ...ports, ...queues })]));
  const find = (id: string): Mapping => {
    const poller = pollers.get(id);
    if (poller) return poller;
    throw new AwsError('ResourceNotFoundException', `There is no event source mapping ${id}.`, { status: 404 });
  };
  const tell = ({ id, enabled, maximumConcurrency }: EventSourceMappingDefinition) =>
    onChange?.(id, { enabled, ...(maximumConcurrency !== undefined && { maximumConcurrency }) });
  return {
    list: () => [...pollers.values()].map(({ status }) => status),
    state: (id) => find(id).status.state,
    setEnabled(id, enabled) {
      find(id).setEnabled(enabled);
      tell(find(id).status);
    },
    setMaximumConcurrency(id, maximumConcurrency) {
      find(id).setMaximumConcurrency(maximumConcurrency);
      tell(find(id).status);
    },
    start() {
      for (const poller of pollers.values()) poller.start();
    },
    async stop() {
      await Promise.all([...pollers.values()].map((poller) => poller.stop()));
    },
  };
}
