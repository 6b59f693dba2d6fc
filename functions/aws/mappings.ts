import {
  type EventSourceMappingConfiguration,
  type LambdaClient,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { FlowMapping, Mappings } from '../core/ports.ts';

/**
 * The flows' event source mappings over Lambda. Their ids are CloudFormation's to give, so they are found by their function.
 *
 * @param options.functionName A flow's deliver function by the flow's name.
 */
export function lambdaMappings(options: { client: LambdaClient; functionName: (flow: string) => string }): Mappings {
  const { client, functionName } = options;
  return {
    async list(flows) {
      const flowOf = new Map(flows.map((flow) => [functionName(flow), flow]));
      const found = new Map<string, FlowMapping>();
      for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client }, {})) {
        for (const mapping of EventSourceMappings) {
          const flow = flowOf.get(mapping.FunctionArn?.split(':')[6] ?? '');
          if (flow !== undefined) found.set(flow, describe(mapping));
        }
      }
      return found;
    },
    async change(UUID, { enabled, maximumConcurrency }) {
      await client.send(
        new UpdateEventSourceMappingCommand({
          UUID,
          Enabled: enabled,
          ...(maximumConcurrency !== undefined && { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
        }),
      );
    },
  };
}

const describe = ({ UUID, State, ScalingConfig }: EventSourceMappingConfiguration): FlowMapping => ({
  id: UUID ?? '',
  state: State ?? '',
  maximumConcurrency: ScalingConfig?.MaximumConcurrency,
});
