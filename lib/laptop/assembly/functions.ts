import type { Environment, Resource, Resources } from './resources.ts';

export type FunctionDefinition = {
  name: string;
  /** Absolute path of the folder that AWS would get as a zip. */
  assetFolder: string;
  /** `<file without ending>.<export>` */
  handler: string;
  /** As in the template: `nodejs24.x`. */
  runtime: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  roleName: string;
};

/** Left out without harm; layers, VPCs, reserved concurrency and file systems are not among them. */
const harmless = ['Architectures', 'Description', 'LoggingConfig', 'RecursiveLoop', 'Tags', 'TracingConfig'];
const read = ['FunctionName', 'Code', 'Handler', 'Runtime', 'Timeout', 'MemorySize', 'Environment', 'Role'];

export function readFunctions(resources: Resources): FunctionDefinition[] {
  return resources.all('AWS::Lambda::Function').map((resource) => readFunction(resource, resources.env));
}

/** Lambda's defaults: 3 seconds, 128 MB. */
function readFunction(resource: Resource, env: Environment): FunctionDefinition {
  resource.allow([...read, ...harmless]);
  const runtime = resource.text('Runtime');
  if (!runtime.startsWith('nodejs')) throw resource.notEmulated(`runtime ${runtime}`);
  return {
    name: resource.name,
    assetFolder: readAssetFolder(resource),
    handler: resource.text('Handler'),
    runtime,
    timeoutSeconds: resource.number('Timeout', 3),
    memoryMb: resource.number('MemorySize', 128),
    environment: readVariables(resource, env),
    roleName: resource.text('Role').split('/').at(-1) ?? '',
  };
}

function readAssetFolder(resource: Resource): string {
  const { S3Key } = (resource.get('Code') ?? {}) as { S3Key?: string };
  const folder = S3Key && resource.stack.assets.get(S3Key);
  if (!folder) throw resource.notEmulated('code that is not a file asset of the assembly');
  return folder;
}

/** A queue URL that a template builds from a fixed name points at the laptop, as the `Ref` of a queue does. */
function readVariables(resource: Resource, { region, queueUrlBase }: Environment): Record<string, string> {
  const { Variables = {} } = (resource.get('Environment') ?? {}) as { Variables?: Record<string, unknown> };
  const onLaptop = (value: unknown) =>
    String(value).replaceAll(`https://sqs.${region}.amazonaws.com/`, `${queueUrlBase}/`);
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, onLaptop(value)]));
}
