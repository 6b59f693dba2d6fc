import { z } from 'zod';
import { invalidRequest } from '../errors.ts';
import { members, readInput, readValue, valueMembers } from '../input.ts';
import { putVersion, type VaultOperation } from '../vault.ts';

const shape = {
  ...valueMembers,
  SecretId: members.secretId,
  ClientRequestToken: members.token,
  VersionStages: z.array(members.stage).min(1).max(20).optional(),
};

/** Without `VersionStages` the new version becomes `AWSCURRENT`, the one before it `AWSPREVIOUS`. */
export const putSecretValue: VaultOperation = (vault) => (given: object) => {
  const input = readInput(shape, given);
  const value = readValue(input);
  if (!value) throw invalidRequest('You must provide either SecretString or SecretBinary.');
  const { secret, version } = putVersion(vault, vault.get(input.SecretId), {
    ...{ token: input.ClientRequestToken, value, stages: input.VersionStages },
  });
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
};
