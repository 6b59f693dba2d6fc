import type { ReceiveMessageRequest } from '@aws-sdk/client-sqs';
import type { Clock } from '../clock.ts';
import { jsonService } from '../json-service.ts';
import type { Principal, Service } from '../service.ts';
import type { Context } from './context.ts';
import { openDatabase } from './database.ts';
import { errorHeaders } from './errors.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { createLongPolls } from './long-polls.ts';
import { createMessages } from './messages.ts';
import { createMoveRunner } from './move-runner.ts';
import { createMoveTasks } from './move-tasks.ts';
import { cancelMessageMoveTask } from './operations/cancel-message-move-task.ts';
import { changeMessageVisibility } from './operations/change-message-visibility.ts';
import { changeMessageVisibilityBatch } from './operations/change-message-visibility-batch.ts';
import { createQueue } from './operations/create-queue.ts';
import { deleteMessage } from './operations/delete-message.ts';
import { deleteMessageBatch } from './operations/delete-message-batch.ts';
import { deleteQueue } from './operations/delete-queue.ts';
import { getQueueAttributes } from './operations/get-queue-attributes.ts';
import { getQueueUrl } from './operations/get-queue-url.ts';
import { listDeadLetterSourceQueues } from './operations/list-dead-letter-source-queues.ts';
import { listMessageMoveTasks } from './operations/list-message-move-tasks.ts';
import { listQueues } from './operations/list-queues.ts';
import { purgeQueue } from './operations/purge-queue.ts';
import { receiveMessage } from './operations/receive-message.ts';
import { sendMessage } from './operations/send-message.ts';
import { sendMessageBatch } from './operations/send-message-batch.ts';
import { setQueueAttributes } from './operations/set-queue-attributes.ts';
import { startMessageMoveTask } from './operations/start-message-move-task.ts';
import { createQueues } from './queues.ts';

export type SqsOptions = {
  /** The SQLite file; its folder exists. */
  file: string;
  account: string;
  region: string;
  /** Such as `http://127.0.0.1:4510`; asked at each use, because the front knows its port late. */
  queueUrlBase: () => string;
  clock: Clock;
};

export type Sqs = {
  service: Service;
  /** The API in process, with the same code as over HTTP. Each rejects with an `AwsError`. */
  operations: ReturnType<typeof createOperations>;
  close(): Promise<void>;
};

/** Amazon SQS on the laptop: standard queues in one SQLite file. Move tasks that were running go on. */
export function createSqs(options: SqsOptions): Sqs {
  const database = openDatabase(options.file);
  const messages = createMessages(database);
  const longPolls = createLongPolls({
    clock: options.clock,
    commit: (): GroupCommit => commit,
    nextVisibleAt: messages.nextVisibleAt,
  });
  const commit = createGroupCommit(database, longPolls.serve);
  const moves = createMoveRunner(() => context);
  const context: Context = {
    ...options,
    queues: createQueues(database),
    messages,
    moveTasks: createMoveTasks(database),
    commit,
    longPolls,
    continueMove: moves.start,
  };
  for (const taskId of context.moveTasks.running()) moves.start(taskId);

  async function close() {
    if (!database.isOpen) return;
    longPolls.close();
    moves.close();
    commit.flush();
    database.close();
  }
  const operations = createOperations(context);
  return {
    operations,
    close,
    service: jsonService({ name: 'sqs', jsonVersion: '1.0', operations, errorHeaders, close }),
  };
}

function createOperations(context: Context) {
  const on =
    <Input, Output>(operation: (context: Context, input: Input, caller: Principal) => Promise<Output>) =>
    (input: Input, caller: Principal) =>
      operation(context, input, caller);
  return {
    CancelMessageMoveTask: on(cancelMessageMoveTask),
    ChangeMessageVisibility: on(changeMessageVisibility),
    ChangeMessageVisibilityBatch: on(changeMessageVisibilityBatch),
    CreateQueue: on(createQueue),
    DeleteMessage: on(deleteMessage),
    DeleteMessageBatch: on(deleteMessageBatch),
    DeleteQueue: on(deleteQueue),
    GetQueueAttributes: on(getQueueAttributes),
    GetQueueUrl: on(getQueueUrl),
    ListDeadLetterSourceQueues: on(listDeadLetterSourceQueues),
    ListMessageMoveTasks: on(listMessageMoveTasks),
    ListQueues: on(listQueues),
    PurgeQueue: on(purgeQueue),
    /** `signal` ends a long poll with an empty answer: nothing is received for a poller that has stopped. */
    ReceiveMessage: (input: ReceiveMessageRequest, _caller: Principal, signal?: AbortSignal) =>
      receiveMessage(context, input, signal),
    SendMessage: on(sendMessage),
    SendMessageBatch: on(sendMessageBatch),
    SetQueueAttributes: on(setQueueAttributes),
    StartMessageMoveTask: on(startMessageMoveTask),
  };
}
