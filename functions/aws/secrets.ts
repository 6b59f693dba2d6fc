import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { SecretOwner, Secrets } from '../core/ports.ts';

/** Secrets are read again after this, so that a rotation is seen without a deploy. */
const CACHE_MS = 300_000;
/** That there is no value yet is remembered for a moment only: somebody is about to set it. */
const EMPTY_CACHE_MS = 1_000;
const REFRESH_INTERVAL_MS = 60_000;
/** The former secret stays valid this long after the change. */
export const PREVIOUS_VALID_MS = 7 * 24 * 3_600_000;

/** A client that gives up soon: a vendor waits for our answer meanwhile, and a refusal by 503 brings it back. */
export const quickSecretsClient = () =>
  new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 300, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });

type Copy = { readonly values: readonly unknown[]; readonly readAt: number };
type Values = Pick<Copy, 'values'> & { readonly former: readonly unknown[] };

/**
 * Connections from Secrets Manager, cached in memory. While Secrets Manager cannot be reached, an old copy still serves.
 *
 * @param options.prefix Secrets are named `<prefix>/source/<name>` and `<prefix>/target/<name>`.
 */
export function secretsManagerSecrets(options: {
  client: SecretsManagerClient;
  prefix: string;
  now: () => number;
}): Secrets {
  const { client, prefix, now } = options;
  const copies = new Map<string, Copy>();
  /** When a refresh was last tried, whether it worked or not. */
  const triedAt = new Map<string, number>();
  /** What the last refresh found that is no longer valid. */
  const formers = new Map<string, readonly unknown[]>();
  const idOf = (owner: SecretOwner, name: string) => `${prefix}/${owner}/${name}`;
  const keep = (secretId: string, values: readonly unknown[]) => {
    copies.set(secretId, { values, readAt: now() });
    return values;
  };
  return {
    async connections(owner, name) {
      const secretId = idOf(owner, name);
      const copy = copies.get(secretId);
      if (copy && now() - copy.readAt < (copy.values.length > 0 ? CACHE_MS : EMPTY_CACHE_MS)) return copy.values;
      try {
        return keep(secretId, await readValid(client, secretId, now()));
      } catch (error) {
        if (copy && copy.values.length > 0) return copy.values;
        throw error;
      }
    },
    async refresh(owner, name) {
      const secretId = idOf(owner, name);
      let failure: unknown;
      if (now() - (triedAt.get(secretId) ?? 0) >= REFRESH_INTERVAL_MS) {
        triedAt.set(secretId, now());
        try {
          const { values, former } = await readAll(client, secretId, now());
          formers.set(secretId, former);
          return keep(secretId, values);
        } catch (error) {
          failure = error;
        }
      }
      const ageMs = now() - (copies.get(secretId)?.readAt ?? 0);
      if (ageMs <= REFRESH_INTERVAL_MS) return undefined;
      throw new Error(`[syncline] ${secretId} cannot be read again now; our copy is ${ageMs} ms old`, {
        cause: failure,
      });
    },
    former: (owner, name) => formers.get(idOf(owner, name)) ?? [],
  };
}

async function readValid(client: SecretsManagerClient, secretId: string, now: number): Promise<readonly unknown[]> {
  const current = await readStage(client, secretId, 'AWSCURRENT');
  const previous = isRecent(current, now) ? await readStage(client, secretId, 'AWSPREVIOUS') : undefined;
  return valuesOf(current, previous);
}

/** With what was valid before, however long ago: that it cannot be read is no reason to fail. */
async function readAll(client: SecretsManagerClient, secretId: string, now: number): Promise<Values> {
  const current = await readStage(client, secretId, 'AWSCURRENT');
  if (isRecent(current, now)) {
    return { values: valuesOf(current, await readStage(client, secretId, 'AWSPREVIOUS')), former: [] };
  }
  const former = current && (await readStage(client, secretId, 'AWSPREVIOUS').catch(() => undefined));
  return { values: valuesOf(current), former: valuesOf(former) };
}

type Version = Awaited<ReturnType<typeof readStage>>;

/** Whether the value before is still valid. */
const isRecent = (current: Version, now: number) =>
  current?.createdAt !== undefined && now - current.createdAt < PREVIOUS_VALID_MS;

const valuesOf = (...versions: Version[]) => versions.flatMap((version) => (version ? [version.value] : []));

/** @returns A version's value and when it was set; undefined for a secret, or stage of it, that has no value yet. */
export async function readStage(client: SecretsManagerClient, SecretId: string, VersionStage: string) {
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
