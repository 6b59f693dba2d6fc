import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { names } from '../../functions/core/names.ts';
import type { Source } from '../../functions/core/source.ts';
import type { Target } from '../../functions/core/target.ts';
import type { Definitions } from '../definitions.ts';
import type { SdkConfig } from './provision.ts';
import { newPair, writePair } from './vendor-side.ts';

/**
 * Fills connections that nobody has set: a source gets a new connection, whose other side the laptop
 * keeps, to play the vendor; a target gets the sandbox vendor. What was
 * set stays; a sandbox connection of an earlier run follows the sandbox to its new port.
 *
 * @returns The names of the targets that speak to the sandbox.
 */
export async function fillConnections(
  definitions: Definitions,
  options: { stage: string; sandboxUrl: string; config: SdkConfig },
): Promise<string[]> {
  const secrets = new SecretsManagerClient(options.config);
  const { sourceSecret, targetSecret } = names(options.stage);
  const [, sandboxed] = await Promise.all([
    Promise.all(definitions.sources.map(({ source }) => fillSource(secrets, sourceSecret(source.name), source))),
    Promise.all(
      definitions.targets.map(async ({ target }) => {
        const baseUrl = `${options.sandboxUrl}/${target.name}`;
        return (await fillTarget(secrets, targetSecret(target.name), target, baseUrl)) ? [target.name] : [];
      }),
    ),
  ]);
  return sandboxed.flat();
}

async function fillSource(secrets: SecretsManagerClient, name: string, { definition }: Source): Promise<void> {
  if (!(await readSecret(secrets, name))) await writePair(secrets, name, newPair(definition));
}

/** @returns Whether the target speaks to the sandbox. */
async function fillTarget(
  secrets: SecretsManagerClient,
  name: string,
  target: Target,
  baseUrl: string,
): Promise<boolean> {
  const current = await readSecret(secrets, name);
  if (current && !isSandbox(current, target.name)) return false;
  if (current?.baseUrl !== baseUrl) await writeSecret(secrets, name, { ...target.definition.sandbox, baseUrl });
  return true;
}

const isSandbox = (value: Record<string, unknown>, target: string) =>
  /^http:\/\/127\.0\.0\.1:\d+\/(.+)$/.exec(String(value.baseUrl))?.[1] === target;

async function readSecret(
  client: SecretsManagerClient,
  SecretId: string,
): Promise<Record<string, unknown> | undefined> {
  try {
    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId }));
    return JSON.parse(SecretString);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

const writeSecret = (client: SecretsManagerClient, SecretId: string, value: object) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }));
