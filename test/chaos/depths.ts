import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';

export type Depth = { flow: string; visible: number; hidden: number };

/** How many messages each flow's queue holds. */
export const depthsOf = ({ address: { sqs }, names }: Hub): Promise<Depth[]> =>
  Promise.all(
    Object.values(FLOWS).map(async (flow) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: names.queue(flow) }));
      const { Attributes: counts = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } = counts;
      return { flow, visible: Number(visible), hidden: Number(hidden) };
    }),
  );
