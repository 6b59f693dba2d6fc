import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Operation } from '../json-service.ts';
import { alreadyExists, invalidRequest, notFound } from './errors.ts';
import { addVersion, type Secret, type SecretValue, type SecretVersion } from './secret.ts';
import type { Store } from './store.ts';

/** What every operation works on. */
export type Vault = {
  clock: Clock;
  /** The ARN of a new secret: its name and six random characters. */
  newArn(name: string): string;
  /**
   * By name, by ARN, or by ARN without its last six characters.
   *
   * @returns Undefined also when its recovery window is over.
   */
  find(secretId: string): Secret | undefined;
  /**
   * @throws ResourceNotFoundException when there is none, InvalidRequestException while it waits for its deletion.
   */
  get(secretId: string): Secret;
  all(): Secret[];
  save(secret: Secret): void;
  remove(secret: Secret): void;
};

/** An operation, given its vault. */
export type VaultOperation = (vault: Vault) => Operation;

export function createVault(store: Store, clock: Clock, account: string, region: string): Vault {
  const arnPrefix = `arn:aws:secretsmanager:${region}:${account}:secret:`;
  const isGone = ({ deletedAtEpochMs: gone }: Secret) => gone !== undefined && gone <= clock.now();
  const forgetGone = (secret: Secret | undefined) => {
    if (!secret || !isGone(secret)) return secret;
    store.remove(secret.name);
    return undefined;
  };
  const find = (secretId: string) => {
    if (!secretId.startsWith('arn:')) return forgetGone(store.find(secretId));
    if (!secretId.startsWith(arnPrefix)) return undefined;
    const rest = secretId.slice(arnPrefix.length);
    const exact = forgetGone(store.find(rest.slice(0, -'-123456'.length)));
    return exact?.arn === secretId ? exact : forgetGone(store.find(rest));
  };
  return {
    ...{ clock, find, save: store.save },
    newArn: (name) => `${arnPrefix}${name}-${randomSuffix()}`,
    all: () => store.all().filter((secret) => forgetGone(secret)),
    remove: ({ name }) => store.remove(name),
    get(secretId) {
      const secret = find(secretId);
      if (!secret) throw notFound();
      if (secret.deletedAtEpochMs === undefined) return secret;
      throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
    },
  };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const randomSuffix = () => Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]).join('');

/**
 * Stores one more version, whose id is the request's token. The same token with the same value changes nothing.
 *
 * @throws ResourceExistsException for the same token with another value: a version never changes.
 */
export function putVersion(
  vault: Vault,
  secret: Secret,
  added: { token?: string | undefined; value: SecretValue; stages?: string[] | undefined },
): { secret: Secret; version: SecretVersion } {
  const id = added.token ?? randomUUID();
  const same = secret.versions.find((version) => version.id === id);
  if (same && JSON.stringify(same.value) !== JSON.stringify(added.value))
    throw alreadyExists('A resource with the ID you requested already exists.');
  if (same) return { secret, version: same };
  const now = vault.clock.now();
  const version = { id, createdAtEpochMs: now, stages: added.stages ?? ['AWSCURRENT'], value: added.value };
  const changed = { ...secret, changedAtEpochMs: now, versions: addVersion(secret.versions, version) };
  vault.save(changed);
  return { secret: changed, version: changed.versions.at(-1)! };
}

/**
 * The version by id, by label, or by both when they are one version's.
 *
 * @throws ResourceNotFoundException
 */
export function findVersion(secret: Secret, id: string | undefined, stage: string | undefined): SecretVersion {
  const label = stage ?? (id === undefined ? 'AWSCURRENT' : undefined);
  const version = secret.versions.find((each) => (id === undefined ? each.stages.includes(label!) : each.id === id));
  if (!version)
    throw notFound(
      `the specified secret value for ${id === undefined ? `staging label: ${label}` : `VersionId: ${id}`}`,
    );
  if (label !== undefined && !version.stages.includes(label))
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  return version;
}
