import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';

/** What Lambda tells of the mapping between a flow's queue and its function. */
export type MappingView = {
  flow: string;
  /** Off while the flow is parked. */
  isOn: boolean;
  /** The latest invocation failed as a whole. */
  hasFailed: boolean;
};

/** Looks at the mappings of all flows. */
export function mappingsOf({ aws, ready, names }: Hub): () => Promise<MappingView[]> {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'laptop' };
  const lambda = new LambdaClient({ endpoint: aws, region: ready.region!, credentials });
  return async () => {
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
    return Object.values(FLOWS).flatMap((flow) => {
      const mapping = EventSourceMappings.find(({ EventSourceArn }) =>
        EventSourceArn?.endsWith(`:${names.queue(flow)}`),
      );
      const hasFailed = mapping?.LastProcessingResult === 'PROBLEM: Function call failed';
      return mapping ? [{ flow, isOn: mapping.State !== 'Disabled', hasFailed }] : [];
    });
  };
}
