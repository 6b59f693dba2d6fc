import { members, readInput, readValue, valueMembers } from '../input.ts';
import { putVersion, type VaultOperation } from '../vault.ts';

const shape = {
  ...valueMembers,
  SecretId: members.secretId,
  ClientRequestToken: members.token,
  Description: members.text,
  KmsKeyId: members.text,
};

/** Changes what is given; a value becomes the `AWSCURRENT` version. */
export const updateSecret: VaultOperation = (vault) => (given: object) => {
  const input = readInput(shape, given);
  const value = readValue(input);
  const secret = vault.get(input.SecretId);
  const changed = {
    ...secret,
    description: input.Description ?? secret.description,
    kmsKeyId: input.KmsKeyId ?? secret.kmsKeyId,
    changedAtEpochMs: vault.clock.now(),
  };
  if (!value) {
    vault.save(changed);
    return { ARN: secret.arn, Name: secret.name };
  }
  const { version } = putVersion(vault, changed, { token: input.ClientRequestToken, value });
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id };
};
