import { pathToFileURL } from 'node:url';
import { type LambdaOperation, parseFunctionName } from './operation.ts';

/** `GetFunction`: the configuration that the template gives, and where the code lies on this machine. */
export const getFunction: LambdaOperation = (_request, name, { definitionOf, region, account }) => {
  const definition = definitionOf(parseFunctionName(name));
  const configuration = {
    FunctionName: definition.name,
    FunctionArn: `arn:aws:lambda:${region}:${account}:function:${definition.name}`,
    Runtime: definition.runtime,
    Role: `arn:aws:iam::${account}:role/${definition.roleName}`,
    Handler: definition.handler,
    Timeout: definition.timeoutSeconds,
    MemorySize: definition.memoryMb,
    PackageType: 'Zip',
    Version: '$LATEST',
    Environment: { Variables: definition.environment },
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
  const code = { RepositoryType: 'S3', Location: pathToFileURL(definition.assetFolder).href };
  return { status: 200, body: { Configuration: configuration, Code: code } };
};
