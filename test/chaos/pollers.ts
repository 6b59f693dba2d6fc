import { ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import type { Hub } from '../journeys/hub-process.ts';

/** Switches a flow's event source mapping on or off by the API; the batches that run end by themselves. */
export async function switchPollers(
  { address: { lambda }, names }: Hub,
  flow: string,
  Enabled: boolean,
): Promise<void> {
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
  const mapping = EventSourceMappings.find(({ EventSourceArn }) => EventSourceArn?.endsWith(`:${names.queue(flow)}`));
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping!.UUID!, Enabled }));
}
