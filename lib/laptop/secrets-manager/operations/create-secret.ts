import { alreadyExists, invalidRequest } from '../errors.ts';
import { members, readInput, readValue, valueMembers } from '../input.ts';
import type { Secret } from '../secret.ts';
import { putVersion, type Vault, type VaultOperation } from '../vault.ts';

const shape = {
  ...valueMembers,
  Name: members.name,
  ClientRequestToken: members.token,
  Description: members.text,
  KmsKeyId: members.text,
  Tags: members.tags,
};

type Input = ReturnType<typeof readInput<typeof shape>>;

/** Without a value the secret has no version, and reading its value fails, until one is put. */
export const createSecret: VaultOperation = (vault) => (given: object) => {
  const input = readInput(shape, given);
  const value = readValue(input);
  const token = input.ClientRequestToken;
  const existing = vault.find(input.Name);
  if (existing) refuseUnlessRepeated(existing, token);
  const secret = existing ?? newSecret(vault, input);
  if (!value) {
    vault.save(secret);
    return { ARN: secret.arn, Name: secret.name };
  }
  const { version } = putVersion(vault, secret, { token, value });
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id };
};

/** A repeated call, known by its token, is not an error. */
function refuseUnlessRepeated(secret: Secret, token: string | undefined) {
  if (secret.deletedAtEpochMs !== undefined)
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  if (secret.versions.some(({ id }) => id === token)) return;
  throw alreadyExists(`The operation failed because the secret ${secret.name} already exists.`);
}

function newSecret(vault: Vault, { Name, Description, KmsKeyId, Tags }: Input): Secret {
  const now = vault.clock.now();
  return {
    ...{ arn: vault.newArn(Name), name: Name, description: Description, kmsKeyId: KmsKeyId, tags: Tags ?? [] },
    ...{ createdAtEpochMs: now, changedAtEpochMs: now, versions: [] },
  };
}
