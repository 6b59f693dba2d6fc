import { z } from 'zod';
import { members, readInput } from '../input.ts';
import type { Secret, SecretVersion } from '../secret.ts';
import { findVersion, type VaultOperation } from '../vault.ts';

const shape = {
  SecretId: members.secretId,
  VersionId: z.string().min(32).max(64).optional(),
  VersionStage: members.stage.optional(),
};

export const getSecretValue: VaultOperation = (vault) => (given: object) => {
  const { SecretId, VersionId, VersionStage } = readInput(shape, given);
  const secret = vault.get(SecretId);
  return valueAnswer(secret, findVersion(secret, VersionId, VersionStage));
};

/** As BatchGetSecretValue answers it too. */
export const valueAnswer = (secret: Secret, version: SecretVersion) => ({
  ARN: secret.arn,
  Name: secret.name,
  VersionId: version.id,
  ...version.value,
  VersionStages: version.stages,
  CreatedDate: version.createdAtEpochMs / 1000,
});
