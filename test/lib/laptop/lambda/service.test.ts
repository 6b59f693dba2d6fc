import {
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFront } from '../../../../lib/laptop/front.ts';
import type { EventSourceMappingStatus } from '../../../../lib/laptop/lambda/event-source-mappings.ts';
import { defineFunction, startLambda } from './setup.ts';

const mapping: EventSourceMappingStatus = {
  id: 'c6c8a5c4-0000-4000-8000-000000000001',
  queueName: 'orders',
  functionName: 'shop',
  batchSize: 10,
  maximumBatchingWindowSeconds: 1,
  maximumConcurrency: 5,
  enabled: true,
  reportBatchItemFailures: true,
  state: 'Enabled',
  lastProcessingResult: 'OK',
  lastModifiedEpochMs: Date.parse('2026-11-20T00:00:00Z'),
};

/** The real client, over the front, and the changes that reach the pollers. */
async function startClient(source: string, statuses: EventSourceMappingStatus[] = [mapping]) {
  const changes: unknown[] = [];
  const definition = defineFunction(source);
  const { service } = await startLambda([definition], {
    mappings: () => ({
      list: () => statuses,
      setEnabled: (...change) => changes.push(change),
      setMaximumConcurrency: (...change) => changes.push(change),
    }),
  });
  const front = await startFront({ services: [service], port: 0 });
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const client = new LambdaClient({ endpoint: front.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await front.close();
  });
  return { client, changes, definition };
}

describe('Invoke', () => {
  const echo = 'export const handler = async (event) => { if (event.fail) throw new Error("no"); return { event } }';

  test.each(['shop', 'arn:aws:lambda:eu-central-1:000000000000:function:shop', '000000000000:function:shop'])(
    'runs the function named %s',
    async (FunctionName) => {
      const { client } = await startClient(echo);

      const output = await client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{"a":"ü"}') }));

      expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
      expect(output.FunctionError).toBeUndefined();
      expect(output.Payload?.transformToString()).toBe('{"event":{"a":"ü"}}');
    },
  );

  test('gives an empty object to a function that is called without a payload', async () => {
    const { client } = await startClient(echo);

    const output = await client.send(new InvokeCommand({ FunctionName: 'shop' }));

    expect(output.Payload?.transformToString()).toBe('{"event":{}}');
  });

  test('says by FunctionError that the function failed', async () => {
    const { client } = await startClient(echo);

    const output = await client.send(new InvokeCommand({ FunctionName: 'shop', Payload: '{"fail":true}' }));

    expect(output).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(JSON.parse(output.Payload?.transformToString() ?? '')).toMatchObject({ errorMessage: 'no' });
  });

  test.each([
    [{ FunctionName: 'other' }, 'ResourceNotFoundException'],
    [{ FunctionName: 'shop', Payload: '{' }, 'InvalidRequestContentException'],
    [{ FunctionName: 'shop', Payload: `"${'x'.repeat(6 * 1024 * 1024)}"` }, 'RequestTooLargeException'],
    [{ FunctionName: 'shop', InvocationType: 'Event' as const }, 'NotEmulatedException'],
    [{ FunctionName: 'shop', LogType: 'Tail' as const }, 'NotEmulatedException'],
  ])('of %o is refused with %s', async (input, name) => {
    const { client } = await startClient(echo);

    await expect(client.send(new InvokeCommand(input))).rejects.toMatchObject({ name });
  });
});

test('GetFunction gives what the template says', async () => {
  const { client, definition } = await startClient('');

  const { Configuration, Code } = await client.send(new GetFunctionCommand({ FunctionName: 'shop' }));

  expect(Configuration).toMatchObject({
    FunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:shop',
    Role: 'arn:aws:iam::000000000000:role/shop-role',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Timeout: 20,
    MemorySize: 256,
    State: 'Active',
  });
  expect(Code?.Location).toBe(`file://${definition.assetFolder}`);
});

describe('event source mappings', () => {
  const described = {
    UUID: mapping.id,
    EventSourceArn: 'arn:aws:sqs:eu-central-1:000000000000:orders',
    FunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:shop',
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 5 },
    State: 'Enabled',
    LastProcessingResult: 'OK',
    LastModified: new Date('2026-11-20T00:00:00Z'),
  };

  test('are listed, all or by queue and function', async () => {
    const { client } = await startClient('', [
      mapping,
      { ...mapping, id: 'second', queueName: 'contacts', functionName: 'crm' },
    ]);
    const list = async (input: object) => {
      const { EventSourceMappings } = await client.send(new ListEventSourceMappingsCommand(input));
      return EventSourceMappings?.map(({ UUID }) => UUID);
    };

    expect(await list({})).toEqual([mapping.id, 'second']);
    expect(await list({ EventSourceArn: described.EventSourceArn })).toEqual([mapping.id]);
    expect(await list({ FunctionName: 'crm' })).toEqual(['second']);
    expect(await list({ FunctionName: 'crm', EventSourceArn: described.EventSourceArn })).toEqual([]);
  });

  test('are described by their id', async () => {
    const { client } = await startClient('');

    expect(await client.send(new GetEventSourceMappingCommand({ UUID: mapping.id }))).toMatchObject(described);
    await expect(client.send(new GetEventSourceMappingCommand({ UUID: 'other' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('are disabled and limited by an update', async () => {
    const { client, changes } = await startClient('');

    const output = await client.send(
      new UpdateEventSourceMappingCommand({
        UUID: mapping.id,
        Enabled: false,
        ScalingConfig: { MaximumConcurrency: 7 },
      }),
    );

    expect(changes).toEqual([
      [mapping.id, 7],
      [mapping.id, false],
    ]);
    expect(output).toMatchObject({ UUID: mapping.id });
  });

  test('are not updated while a change goes on', async () => {
    const { client, changes } = await startClient('', [{ ...mapping, state: 'Disabling' }]);

    await expect(
      client.send(new UpdateEventSourceMappingCommand({ UUID: mapping.id, Enabled: true })),
    ).rejects.toMatchObject({ name: 'ResourceInUseException' });
    expect(changes).toEqual([]);
  });

  test('refuse a maximum concurrency below 2, and settings that are not emulated', async () => {
    const { client } = await startClient('');
    const update = (input: object) => client.send(new UpdateEventSourceMappingCommand({ UUID: mapping.id, ...input }));

    await expect(update({ ScalingConfig: { MaximumConcurrency: 1 } })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    await expect(update({ BatchSize: 5 })).rejects.toThrow(
      '[syncline] [laptop] lambda: UpdateEventSourceMapping with BatchSize is not emulated on the laptop.',
    );
  });
});

test('any other call is refused by name', async () => {
  const { client } = await startClient('');

  await expect(client.send(new ListFunctionsCommand({}))).rejects.toThrow(
    /^\[syncline\] \[laptop\] lambda: GET \/2015-03-31\/functions\/? is not emulated on the laptop\./,
  );
});
