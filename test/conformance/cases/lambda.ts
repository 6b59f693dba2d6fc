import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { type Case, casesOf, type Tools } from '../case.ts';
import { lambdaApi, lambdaGuide } from './pages.ts';

const unknownId = '00000000-0000-4000-8000-000000000000';

const stateOf = async ({ lambda }: Tools, UUID: string) =>
  (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;

/** Waits until a mapping has settled in that state. */
const settled = (tools: Tools, UUID: string, state: string) =>
  tools.expect.soon(async () => tools.expect.equal(await stateOf(tools, UUID), state));

async function setEnabled(tools: Tools, UUID: string, Enabled: boolean): Promise<void> {
  await tools.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  await settled(tools, UUID, Enabled ? 'Enabled' : 'Disabled');
}

/** Runs something while a mapping is disabled. */
async function whileDisabled(tools: Tools, UUID: string, run: () => Promise<void>): Promise<void> {
  await setEnabled(tools, UUID, false);
  try {
    await run();
  } finally {
    await setEnabled(tools, UUID, true);
  }
}

/** Event source mappings of a queue. */
export const mappings: Case[] = casesOf('lambda', [
  {
    name: 'a mapping is listed by its function and by its queue',
    fact: lambdaApi('ListEventSourceMappings'),
    run: (tools) =>
      tools.functions.alone(async ({ uuid, functionName, queueArn }) => {
        for (const filter of [{ FunctionName: functionName }, { EventSourceArn: queueArn }]) {
          const { EventSourceMappings = [] } = await tools.lambda.send(new ListEventSourceMappingsCommand(filter));
          tools.expect.that(
            EventSourceMappings.some(({ UUID }) => UUID === uuid),
            `${uuid} is listed`,
          );
        }
      }),
  },
  {
    name: 'a mapping tells its queue, its batch size and its state',
    fact: lambdaApi('GetEventSourceMapping'),
    run: (tools) =>
      tools.functions.alone(async ({ uuid, queueArn }) => {
        const mapping = await tools.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }));

        tools.expect.like(mapping, { UUID: uuid, EventSourceArn: queueArn, State: 'Enabled' });
        tools.expect.that((mapping.BatchSize ?? 0) >= 1, `BatchSize is ${mapping.BatchSize}`);
      }),
  },
  {
    name: 'a mapping that does not exist is ResourceNotFoundException',
    fact: lambdaApi('GetEventSourceMapping'),
    run: (tools) =>
      tools.functions.alone(async () => {
        const missing = 'ResourceNotFoundException';
        await tools.expect.error(tools.lambda.send(new GetEventSourceMappingCommand({ UUID: unknownId })), missing);
        const update = new UpdateEventSourceMappingCommand({ UUID: unknownId, Enabled: false });
        await tools.expect.error(tools.lambda.send(update), missing);
      }),
  },
  {
    name: 'a message is handed to the function and deleted when the function succeeds',
    fact: lambdaGuide('"Using Lambda with Amazon SQS"'),
    run: (tools) =>
      tools.functions.alone(async ({ queueUrl }) => {
        await tools.queues.send(queueUrl, '"conformance"');

        await tools.expect.soon(async () => tools.expect.equal(await tools.queues.counts(queueUrl), [0, 0, 0]));
      }),
  },
  {
    name: 'a disabled mapping leaves messages in the queue, and takes them when it is enabled again',
    fact: lambdaApi('UpdateEventSourceMapping'),
    run: (tools) =>
      tools.functions.alone(async ({ uuid, queueUrl }) => {
        const counts = () => tools.queues.counts(queueUrl);
        await whileDisabled(tools, uuid, async () => {
          await tools.queues.send(queueUrl, '"conformance"');
          await tools.expect.soon(async () => tools.expect.equal(await counts(), [1, 0, 0]));
        });

        await tools.expect.soon(async () => tools.expect.equal(await counts(), [0, 0, 0]));
      }),
  },
  {
    name: 'a mapping is disabled and enabled in steps',
    fact: lambdaApi('UpdateEventSourceMapping'),
    run: (tools) =>
      tools.functions.alone(async ({ uuid }) => {
        const update = async (Enabled: boolean) =>
          (await tools.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled }))).State ?? '';

        const [disabling] = [await update(false), await settled(tools, uuid, 'Disabled')];
        const [enabling] = [await update(true), await settled(tools, uuid, 'Enabled')];

        tools.expect.that(['Disabling', 'Disabled'].includes(disabling), `it is ${disabling}`);
        tools.expect.that(['Enabling', 'Enabled'].includes(enabling), `it is ${enabling}`);
      }),
  },
  {
    name: 'a maximum concurrency is 2 to 1,000',
    fact: lambdaApi('ScalingConfig'),
    run: (tools) =>
      tools.functions.alone(async ({ uuid }) => {
        for (const MaximumConcurrency of [1, 1001]) {
          const ScalingConfig = { MaximumConcurrency };
          const call = tools.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, ScalingConfig }));
          await tools.expect.error(call, 'InvalidParameterValueException', 'ValidationException');
        }
      }),
  },
  {
    name: 'an invoke answers what the function returns, and for an unknown function ResourceNotFoundException',
    fact: lambdaApi('Invoke'),
    run: (tools) =>
      tools.functions.alone(async ({ functionName }) => {
        const Payload = JSON.stringify({ Records: [] });

        const answer = await tools.lambda.send(new InvokeCommand({ FunctionName: functionName, Payload }));

        tools.expect.equal([answer.StatusCode, answer.FunctionError], [200, undefined]);
        const unknown = tools.lambda.send(new InvokeCommand({ FunctionName: tools.unique('none'), Payload }));
        await tools.expect.error(unknown, 'ResourceNotFoundException');
      }),
  },
]);
