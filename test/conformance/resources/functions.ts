import { type LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { Skipped } from '../skipped.ts';
import type { Target } from '../target.ts';

type Mapping = { uuid: string; functionName: string; queueUrl: string; queueArn: string };

/** The function the run was told of, or Syncline's own tiny one. */
export type Functions = ReturnType<typeof createFunctions>;

export function createFunctions(target: Target, lambda: LambdaClient) {
  let last: Promise<unknown> = Promise.resolve();

  async function find(): Promise<Mapping> {
    if (!target.mapping) throw new Skipped('no function was named with --function and --queue');
    const { functionName, queueUrl } = target.mapping;
    const list = new ListEventSourceMappingsCommand({ FunctionName: functionName });
    const { EventSourceMappings = [] } = await lambda.send(list);
    const queueName = queueUrl.split('/').at(-1);
    const found = EventSourceMappings.find((mapping) => mapping.EventSourceArn?.split(':').at(-1) === queueName);
    if (!found) throw new Error(`${functionName} has no event source mapping of ${queueName}`);
    return { uuid: found.UUID!, queueArn: found.EventSourceArn!, functionName, queueUrl };
  }
  /** Case after case: they enable and disable the same mapping. */
  function alone<Result>(run: (mapping: Mapping) => Promise<Result>): Promise<Result> {
    const turn = last.then(find).then(run);
    last = turn.catch(() => {});
    return turn;
  }
  return { alone };
}
