import { invalidParameter } from './errors.ts';

type TaskHandle = { taskId: string; sourceArn: string };

export const writeTaskHandle = (handle: TaskHandle) => Buffer.from(JSON.stringify(handle)).toString('base64');

/** @throws AwsError `InvalidParameterValue` for a text that is no task handle. */
export function readTaskHandle(text: string): TaskHandle {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(text, 'base64').toString());
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch {}
  throw invalidParameter('Value for parameter TaskHandle is invalid.');
}
