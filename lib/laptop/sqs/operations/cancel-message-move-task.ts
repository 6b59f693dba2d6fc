import type { CancelMessageMoveTaskRequest, CancelMessageMoveTaskResult } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service.ts';
import type { Context } from '../context.ts';
import { resourceNotFound } from '../errors.ts';
import { readInput, required, type Shape, text } from '../input.ts';
import { readTaskHandle } from '../move-task-handle.ts';

const shape: Shape<CancelMessageMoveTaskRequest> = { TaskHandle: required(text) };

/** SQS API reference, `CancelMessageMoveTask`: only while RUNNING; what has moved stays moved. */
export async function cancelMessageMoveTask(
  context: Context,
  input: CancelMessageMoveTaskRequest,
): Promise<CancelMessageMoveTaskResult> {
  const { taskId } = readTaskHandle(readInput(input, shape).TaskHandle);
  return context.commit.run(() => {
    const task = context.moveTasks.byId(taskId);
    if (!task) throw resourceNotFound('Task does not exist.');
    if (task.status !== 'RUNNING') {
      throw new AwsError('UnsupportedOperation', `A task can be cancelled while RUNNING; this one is ${task.status}.`);
    }
    context.moveTasks.end(taskId, 'CANCELLED');
    return { ApproximateNumberOfMessagesMoved: task.moved };
  });
}
