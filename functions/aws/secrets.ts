import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { SecretCopy, Secrets } from '../core/ports.ts';

/** Secrets are read again after this, so that a rotation is seen without a deploy. */
const CACHE_MS = 300_000;
/** The former secret stays valid this long after the change. */
const PREVIOUS_VALID_MS = 7 * 24 * 3_600_000;

/**
 * Connections from Secrets Manager, cached in memory. While Secrets Manager cannot be reached, an old copy still serves
 * whoever does not ask for a fresh one.
 *
 * @param options.prefix Secrets are named `<prefix>/source/<name>` and `<prefix>/target/<name>`.
 */
export function secretsManagerSecrets(options: {
  client: SecretsManagerClient;
  prefix: string;
  now: () => number;
}): Secrets {
  const cache = new Map<string, SecretCopy>();
  return {
    async connections(owner, name, { fresh = false } = {}) {
      const secretId = `${options.prefix}/${owner}/${name}`;
      const cached = fresh ? undefined : cache.get(secretId);
      if (cached && options.now() - cached.readAt < CACHE_MS) return cached;
      try {
        const copy = await readSecret(options.client, secretId, options.now);
        cache.set(secretId, copy);
        return copy;
      } catch (error) {
        if (cached) return cached;
        throw error;
      }
    },
  };
}

async function readSecret(client: SecretsManagerClient, secretId: string, now: () => number): Promise<SecretCopy> {
  const readAt = now();
  const current = await readStage(client, secretId, 'AWSCURRENT');
  if (!current) return { values: [], readAt };
  const rotatedRecently = current.createdAt !== undefined && readAt - current.createdAt < PREVIOUS_VALID_MS;
  const previous = rotatedRecently ? await readStage(client, secretId, 'AWSPREVIOUS') : undefined;
  return { values: [current, previous].flatMap((version) => (version ? [version.value] : [])), readAt };
}

/** @returns undefined for a secret, or stage of it, that has no value yet. */
async function readStage(client: SecretsManagerClient, SecretId: string, VersionStage: string) {
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    return { value: parse(answer.SecretString), createdAt: answer.CreatedDate?.getTime() };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** What is not JSON fails the connector's schema, by name, later; its text goes nowhere. */
function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
