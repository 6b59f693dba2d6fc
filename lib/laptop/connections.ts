import { randomBytes } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { names } from '../../functions/core/names.ts';
import type { Definitions } from '../definitions.ts';
import type { SdkConfig } from './provision.ts';

/**
 * Fills connections that nobody has set: a source gets a signing secret of its own, a target the sandbox vendor. What was
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
  for (const { source } of definitions.sources) {
    const name = sourceSecret(source.name);
    if (!(await readSecret(secrets, name))) await writeSecret(secrets, name, { secret: newSigningSecret() });
  }
  const sandboxed: string[] = [];
  for (const { target } of definitions.targets) {
    const name = targetSecret(target.name);
    const baseUrl = `${options.sandboxUrl}/${target.name}`;
    const current = await readSecret(secrets, name);
    if (current && !isSandbox(current, target.name)) continue;
    sandboxed.push(target.name);
    if (current?.baseUrl !== baseUrl) await writeSecret(secrets, name, { ...target.definition.sandbox, baseUrl });
  }
  return sandboxed;
}

/** Fits every signing scheme: text for most, base64 behind `whsec_` for Standard Webhooks. */
const newSigningSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

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
