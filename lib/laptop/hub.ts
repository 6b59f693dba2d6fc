/**
 * The hub on this machine: reads a synthesized assembly and makes what it says run.
 *
 * Development and test equipment; production is AWS. docs/laptop.md says what is faithful, approximated and absent.
 */
import { join } from 'node:path';
import type { Definitions } from '../definitions.ts';
import { readAssembly } from './assembly/assembly.ts';
import type { FunctionDefinition } from './assembly/functions.ts';
import { fillConnections } from './connections.ts';
import { startControl } from './control/start-control.ts';
import { createFaults, type Faults } from './faults/create-faults.ts';
import { startHttpApi } from './http-api/http-api.ts';
import { createIamLayer, type Iam } from './iam/layer.ts';
import { writeIamReport } from './iam/report.ts';
import { readIamRoles } from './iam/roles.ts';
import { openKeptClock } from './kept-clock.ts';
import { keptMappings } from './kept-mappings.ts';
import { createFunctionClocks } from './lambda/function-clocks.ts';
import type { Lambda } from './lambda/lambda.ts';
import { openLogs } from './logs.ts';
import { withRealTimers } from './movable-clock.ts';
import { createPollers, type Pollers } from './pollers/pollers.ts';
import { provision } from './provision.ts';
import { queueCalls } from './queue-calls.ts';
import { startSandbox } from './sandbox/start-sandbox.ts';
import { openServices } from './services.ts';
import { ACCOUNT, REGION, surroundings } from './surroundings.ts';

const ADMINISTRATOR = { accessKeyId: 'administrator', secretAccessKey: 'laptop' };

export type Hub = {
  /** Base of the sources' URLs: `<webhooks>/<source>`. */
  readonly webhooks: string;
  readonly aws: string;
  readonly sandbox: string;
  /** Moves time and sets faults: docs/laptop.md, "Time and faults". */
  readonly control: string;
  readonly faults: Faults;
  /** Targets that speak to the sandbox because nobody has connected them. */
  readonly sandboxed: readonly string[];
  /** The functions as the assembly has them. */
  readonly functions: readonly FunctionDefinition[];
  /** Runs these from the next invocation on; what runs ends in the code it began with. */
  updateFunctions(functions: FunctionDefinition[]): void;
  /** Takes no more requests, lets running deliveries end, and closes everything. */
  close(): Promise<void>;
};

export type HubOptions = {
  /** The data folder; it exists and is this process's alone. */
  readonly folder: string;
  /** The synthesized assembly's folder; it may still be in the making while the services start. */
  readonly assembly: string | Promise<string>;
  readonly stage: string;
  readonly definitions: Definitions;
  /** The webhooks' port, and the next three for AWS, the sandbox and control; 0 takes free ones. */
  readonly port: number;
  /** Each line that a function writes. */
  readonly onLog?: (functionName: string, line: string) => void;
};

/** @throws Error with code `EADDRINUSE` when one of the ports is taken; nothing is left open then. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const opened = new AsyncDisposableStack();
  try {
    const hub = await open(options, opened);
    return { ...hub, close: () => opened.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** Opens everything; what is opened last is closed first. */
async function open(options: HubOptions, opened: AsyncDisposableStack): Promise<Omit<Hub, 'close'>> {
  const { definitions, stage } = options;
  const data = (name: string) => join(options.folder, name);
  const port = (offset: number) => (options.port === 0 ? 0 : options.port + offset);
  const clock = openKeptClock(data('clock.json'));
  const unmoved = surroundings(withRealTimers(clock));
  const functionClocks = createFunctionClocks(clock);
  const logs = openLogs(data('logs'), options.onLog);
  opened.defer(logs.close);

  const targets = Object.fromEntries(definitions.targets.map(({ target }) => [target.name, target.definition.kind]));
  const sandbox = await startSandbox({ ...unmoved, port: port(2), file: data('sandbox.sqlite'), targets });
  opened.defer(sandbox.close);

  const late: { lambda?: Lambda; awsUrl: string } = { awsUrl: '' };
  const faults = createFaults({
    clock,
    functions: () => late.lambda?.functions() ?? [],
    kill: (functionName) => late.lambda?.kill(functionName),
    setSkew: functionClocks.setSkew,
  });
  const iam = openIam(data('iam.json'), logs.write, opened);
  let pollers: Pollers;
  const { sqs, lambda, scheduler, front } = await openServices(
    {
      ...{ data, port: port(1), clock, functionClocks, iam, faults },
      awsUrl: () => late.awsUrl,
      mappings: () => pollers,
      onLog: (name, line) => void (iam.authorizeLogs(name) ?? logs.write(name, line)),
    },
    opened,
  );
  late.awsUrl = front.url;
  late.lambda = lambda;
  const httpApi = await startHttpApi({
    ...unmoved,
    ...{ port: port(0), routes: [], stage: '$default', invoke: lambda.invoke },
  });
  opened.defer(httpApi.close);
  const control = await startControl({ port: port(3), clock, faults });
  opened.defer(control.close);

  const env = { region: REGION, account: ACCOUNT, queueUrlBase: front.url, apiUrl: httpApi.url };
  const folder = await options.assembly;
  const assembly = readAssembly(folder, env);
  iam.update({ roles: readIamRoles(folder, env), functions: assembly.functions });
  const config = { endpoint: front.url, region: REGION, credentials: ADMINISTRATOR };
  await provision(assembly, config);
  const sandboxed = await fillConnections(definitions, { stage, sandboxUrl: sandbox.url, config });

  const kept = keptMappings(data('event-source-mappings.json'));
  const queues = queueCalls(sqs, (queueName) => `${front.url}/${ACCOUNT}/${queueName}`);
  pollers = createPollers({
    ...surroundings(clock),
    mappings: kept.apply(assembly.eventSourceMappings),
    queues: iam.asPollers(faults.aroundQueues(queues), assembly.eventSourceMappings),
    invoke: lambda.invoke,
    onLog: ({ functionName }, line) => logs.write(functionName, line),
    onChange: kept.keep,
  });
  opened.defer(pollers.stop);
  lambda.updateFunctions(assembly.functions);
  httpApi.updateRoutes(assembly.httpApis.flatMap(({ routes }) => routes));
  pollers.start();
  scheduler.deploy(assembly.schedules, assembly.scheduleGroups);
  scheduler.start();
  opened.defer(scheduler.stop);
  return {
    ...{ webhooks: `${httpApi.url}/v1/webhooks`, aws: front.url, sandbox: sandbox.url, control: control.url },
    ...{ sandboxed, faults, functions: assembly.functions, updateFunctions: lambda.updateFunctions },
  };
}

/** IAM with its report, which is written at every first use of a statement, at every refusal and at the end. */
function openIam(file: string, onLog: (name: string, line: string) => void, opened: AsyncDisposableStack): Iam {
  const write = () => writeIamReport(file, iam);
  const iam = createIamLayer({
    ...{ account: ACCOUNT, region: REGION, roles: [], functions: [], onLog },
    onDecision: (_decision, news) => news && write(),
  });
  opened.defer(write);
  return iam;
}
