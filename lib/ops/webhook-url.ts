import { GetFunctionConfigurationCommand, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { ENVIRONMENT, names, webhookPath } from '../../functions/core/names.ts';
import type { HubAddress } from './hub-address.ts';

/**
 * A source's URL, without a query, as the hub itself knows it: on AWS what its ingest function was deployed with, and
 * verifies by.
 *
 * @returns Undefined where the function cannot be asked: it is not deployed, or the operator may not call
 *   `lambda:GetFunctionConfiguration`.
 */
export async function webhookUrl({ laptop, lambda, stage }: HubAddress, source: string): Promise<string | undefined> {
  if (laptop) return `${laptop.webhooks}/${source}`;
  try {
    const FunctionName = names(stage).ingestFunction(source);
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const apiEndpoint = Environment?.Variables?.[ENVIRONMENT.publicUrl];
    return apiEndpoint && apiEndpoint + webhookPath(source);
  } catch (error) {
    if (error instanceof ResourceNotFoundException || isDenied(error)) return undefined;
    throw error;
  }
}

/** The command that shows the beginning of a stage's URLs, where nothing here may ask for it. */
export const endpointCommand = (stage: string) =>
  `aws apigatewayv2 get-apis --query "Items[?Name=='${names(stage).httpApi}'].ApiEndpoint" --output text`;

/** The SDK has no class for it. */
const isDenied = (error: unknown) => error instanceof Error && error.name === 'AccessDeniedException';
