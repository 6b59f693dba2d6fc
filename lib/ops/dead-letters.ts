import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { dynamoDbLedger } from '../../functions/aws/ledger.ts';
import { deliveryId } from '../../functions/core/delivery-id.ts';
import { decodeEnvelope } from '../../functions/core/envelope.ts';
import { names, QUEUE } from '../../functions/core/names.ts';
import type { HubAddress } from './hub-address.ts';
import { OperatorError } from './operator-error.ts';

/** How long a message that is looked at stays hidden from others, at most. */
const LOOK_SECONDS = 20;

export type DeadLetterCount = { flow: string; messages: number };

/** How many messages each flow's dead-letter queue holds; SQS calls the number approximate. */
export async function countDeadLetters(hub: HubAddress, flows: readonly string[]): Promise<DeadLetterCount[]> {
  return Promise.all(
    flows.map(async (flow) => {
      const { Attributes } = await hub.sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: await urlOf(hub, flow),
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      const of = (name: string) => Number((Attributes as Record<string, string> | undefined)?.[name] ?? 0);
      return { flow, messages: of('ApproximateNumberOfMessages') + of('ApproximateNumberOfMessagesNotVisible') };
    }),
  );
}

export type DeadLetter = {
  deliveryId: string;
  type: string;
  state: string;
  errorClass: string | null;
  code: string | null;
  message: string | null;
  acceptedAt: string;
  expiresAt: string;
};

/**
 * Looks at messages of a dead-letter queue, without taking them, and tells what the ledger knows of each.
 *
 * @param limit Looks at no more than this; looking counts as a receive, which a dead-letter queue does not mind.
 */
export async function showDeadLetters(hub: HubAddress, flow: string, limit: number): Promise<DeadLetter[]> {
  const QueueUrl = await urlOf(hub, flow);
  const seen = new Map<string, Message>();
  while (seen.size < limit) {
    const { Messages = [] } = await hub.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(10, limit - seen.size),
        VisibilityTimeout: LOOK_SECONDS,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    if (Messages.length === 0) break;
    for (const message of Messages) seen.set(message.MessageId!, message);
  }
  await showAgain(hub, QueueUrl, [...seen.values()]);
  return Promise.all([...seen.values()].map((message) => describe(hub, message)));
}

async function showAgain(hub: HubAddress, QueueUrl: string, messages: Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += 10) {
    const Entries = messages
      .slice(start, start + 10)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
    await hub.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  }
}

async function describe(hub: HubAddress, message: Message): Promise<DeadLetter> {
  const sentAt = Number(message.Attributes?.SentTimestamp);
  const expiresAt = new Date(sentAt + QUEUE.retentionMs).toISOString();
  const envelope = decodeEnvelope(message.Body ?? '');
  if ('problem' in envelope) {
    const unknown = { type: '', state: 'not ours', errorClass: null, code: null, acceptedAt: '', expiresAt };
    return { deliveryId: message.MessageId ?? '', message: envelope.problem, ...unknown };
  }
  const ledger = dynamoDbLedger({ client: hub.dynamoDb, tableName: names(hub.stage).ledgerTable });
  const { row } = await ledger.read(envelope);
  return {
    deliveryId: deliveryId(envelope),
    type: envelope.type,
    state: row?.state ?? 'no row',
    errorClass: row?.errorClass ?? null,
    code: row?.code ?? null,
    message: row?.message ?? null,
    acceptedAt: new Date(envelope.acceptedAt).toISOString(),
    expiresAt,
  };
}

export type RedriveProgress = { status: string; moved: number; toMove: number };

/**
 * Sends a flow's dead letters back to its queue: what the "Start DLQ redrive" button of the AWS console does.
 *
 * @param options.ratePerSecond At most 500. @default SQS's own pace
 * @returns When the task has ended.
 * @throws OperatorError when SQS refuses or the task fails.
 */
export async function redrive(
  hub: HubAddress,
  flow: string,
  options: { ratePerSecond?: number | undefined; onProgress: (progress: RedriveProgress) => void },
): Promise<RedriveProgress> {
  const SourceArn = await arnOf(hub, flow);
  const { TaskHandle } = await hub.sqs.send(
    new StartMessageMoveTaskCommand({
      SourceArn,
      ...(options.ratePerSecond !== undefined && { MaxNumberOfMessagesPerSecond: options.ratePerSecond }),
    }),
  );
  for (;;) {
    const { Results = [] } = await hub.sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }));
    const task = Results.find((result) => result.TaskHandle === TaskHandle) ?? Results[0];
    const progress = {
      status: task?.Status ?? 'UNKNOWN',
      moved: Number(task?.ApproximateNumberOfMessagesMoved ?? 0),
      toMove: Number(task?.ApproximateNumberOfMessagesToMove ?? 0),
    };
    options.onProgress(progress);
    if (progress.status === 'COMPLETED') return progress;
    if (progress.status !== 'RUNNING') {
      const why = `the move task of ${flow} ended ${progress.status}: ${task?.FailureReason ?? 'no reason given'}`;
      throw new OperatorError('failed', why, 'what was moved stays moved; look at the rest with "syncline dlq show"');
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function urlOf(hub: HubAddress, flow: string): Promise<string> {
  const QueueName = names(hub.stage).deadLetterQueue(flow);
  const { QueueUrl } = await hub.sqs.send(new GetQueueUrlCommand({ QueueName }));
  return QueueUrl!;
}

async function arnOf(hub: HubAddress, flow: string): Promise<string> {
  const { Attributes } = await hub.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: await urlOf(hub, flow), AttributeNames: ['QueueArn'] }),
  );
  return Attributes!.QueueArn!;
}
