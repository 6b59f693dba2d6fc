import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';

type Attributes = Partial<Record<QueueAttributeName, string>>;
type Receive = Omit<ReceiveMessageCommandInput, 'QueueUrl'>;

/** Queues of one case, and what nearly every case does with them. */
export type Queues = ReturnType<typeof createQueues>;

type Options = {
  sqs: SQSClient;
  unique: (name: string) => string;
  afterwards: (remove: () => Promise<unknown>) => void;
  patienceMs: number;
  emptyAfterSeconds: number;
};

const everything = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] };

export function createQueues(options: Options) {
  const makes = makesQueues(options);
  const talks = talksToQueues(options);
  /** A pair whose dead-letter queue holds these bodies, moved there by SQS. */
  async function createBuried(bodies: string[]) {
    const pair = await makes.createPair(1);
    for (const body of bodies) await talks.send(pair.queue, body);
    await talks.bury(pair.queue, pair.deadLetters, bodies.length);
    return pair;
  }
  return { ...makes, ...talks, createBuried };
}

function makesQueues({ sqs, unique, afterwards }: Options) {
  async function create(attributes: Attributes = {}, name = unique('queue')): Promise<string> {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    afterwards(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
    return QueueUrl!;
  }
  async function attributesOf(queueUrl: string, ...names: QueueAttributeName[]): Promise<Attributes> {
    const AttributeNames = names.length > 0 ? names : ['All' as const];
    return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames }))).Attributes ?? {};
  }
  const arnOf = async (queueUrl: string) => (await attributesOf(queueUrl, 'QueueArn')).QueueArn!;
  const redriveTo = async (deadLetters: string, maxReceiveCount: number) =>
    JSON.stringify({ deadLetterTargetArn: await arnOf(deadLetters), maxReceiveCount });
  /** A queue with its own dead-letter queue. */
  async function createPair(maxReceiveCount: number, attributes: Attributes = {}) {
    const deadLetters = await create();
    const queue = await create({ RedrivePolicy: await redriveTo(deadLetters, maxReceiveCount), ...attributes });
    return { queue, deadLetters };
  }
  /** Visible, in flight and delayed. */
  async function counts(queueUrl: string): Promise<[visible: number, inFlight: number, delayed: number]> {
    const all = await attributesOf(queueUrl);
    const count = (name: QueueAttributeName) => Number(all[name]);
    return [
      count('ApproximateNumberOfMessages'),
      count('ApproximateNumberOfMessagesNotVisible'),
      count('ApproximateNumberOfMessagesDelayed'),
    ];
  }
  return { create, createPair, attributesOf, arnOf, redriveTo, counts };
}

function talksToQueues({ sqs, patienceMs, emptyAfterSeconds }: Options) {
  const send = (queueUrl: string, body: string, input: Partial<SendMessageCommandInput> = {}) =>
    sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, ...input }));

  async function receiveOnce(queueUrl: string, input: Receive = {}): Promise<Message[]> {
    const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, ...everything, ...input });
    return (await sqs.send(command)).Messages ?? [];
  }
  /** Receives until it has that many: one receive may answer fewer than there are. */
  async function receive(queueUrl: string, count: number, input: Receive = {}): Promise<Message[]> {
    const messages: Message[] = [];
    const deadline = Date.now() + patienceMs;
    while (messages.length < count && Date.now() < deadline) {
      const MaxNumberOfMessages = Math.min(count - messages.length, 10);
      messages.push(...(await receiveOnce(queueUrl, { WaitTimeSeconds: 2, MaxNumberOfMessages, ...input })));
    }
    if (messages.length >= count) return messages;
    throw new Error(`${messages.length} messages were received where ${count} were expected`);
  }
  /** @throws Error when something is received. */
  async function receiveNothing(queueUrl: string): Promise<void> {
    const messages = await receiveOnce(queueUrl, { WaitTimeSeconds: emptyAfterSeconds, MaxNumberOfMessages: 10 });
    if (messages.length > 0) throw new Error(`received where nothing was expected: ${messages.map((one) => one.Body)}`);
  }
  /** Receives again and again until that many messages are in the dead-letter queue. */
  async function bury(queueUrl: string, deadLetters: string, count: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    const command = new GetQueueAttributesCommand({
      ...{ QueueUrl: deadLetters, AttributeNames: ['ApproximateNumberOfMessages'] },
    });
    while (Number((await sqs.send(command)).Attributes?.ApproximateNumberOfMessages) < count) {
      if (Date.now() > deadline) throw new Error(`fewer than ${count} messages reached the dead-letter queue`);
      await receiveOnce(queueUrl, {
        WaitTimeSeconds: emptyAfterSeconds,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
      });
    }
  }
  return { send, receive, receiveOnce, receiveNothing, bury };
}
