/**
 * One message of a dead-letter queue: SQS redrives only whole queues, so a single one is copied back and then deleted.
 */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { deliveryId } from '../../functions/core/delivery-id.ts';
import { decodeEnvelope } from '../../functions/core/envelope.ts';
import { names } from '../../functions/core/names.ts';
import type { HubAddress } from './hub-address.ts';

/** Long enough to look through a queue's worth of others without meeting one of them twice. */
const SEARCH_SECONDS = 60;
/** A search must end somewhere. */
const SEARCH_CAP = 5_000;

/**
 * Finds every copy of a delivery's message in its dead-letter queue and sends it back, or deletes it.
 *
 * Between the copy and the delete a crash leaves both, which the ledger tells apart (docs/delivery.md, rule 2).
 *
 * @returns How many copies there were; 0 also when it has not been moved there yet.
 */
export async function moveDeadLetter(
  hub: HubAddress,
  flow: string,
  id: string,
  to: 'queue' | 'nowhere',
): Promise<number> {
  const called = names(hub.stage);
  const [dead, queue] = await Promise.all([called.deadLetterQueue(flow), called.queue(flow)].map(urlOf(hub)));
  const { found, others } = await search(hub, dead!, id);
  for (const { Body, ReceiptHandle } of found) {
    if (to === 'queue') await hub.sqs.send(new SendMessageCommand({ QueueUrl: queue!, MessageBody: Body! }));
    await hub.sqs.send(new DeleteMessageCommand({ QueueUrl: dead!, ReceiptHandle }));
  }
  for (const { ReceiptHandle } of others) {
    await hub.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: dead!, ReceiptHandle, VisibilityTimeout: 0 }));
  }
  return found.length;
}

const urlOf = (hub: HubAddress) => async (QueueName: string) =>
  (await hub.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl!;

async function search(hub: HubAddress, QueueUrl: string, id: string) {
  const found: Message[] = [];
  const others: Message[] = [];
  while (found.length + others.length < SEARCH_CAP) {
    const look = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: SEARCH_SECONDS };
    const { Messages = [] } = await hub.sqs.send(new ReceiveMessageCommand(look));
    if (Messages.length === 0) break;
    for (const message of Messages) (isOf(message, id) ? found : others).push(message);
  }
  return { found, others };
}

function isOf({ Body = '' }: Message, id: string): boolean {
  const envelope = decodeEnvelope(Body);
  return !('problem' in envelope) && deliveryId(envelope) === id;
}
