import { z } from 'zod';
import { invalidParameter } from '../errors.ts';
import { members, readInput } from '../input.ts';
import type { Vault, VaultOperation } from '../vault.ts';

const dayMs = 24 * 3_600_000;
const defaultWindowDays = 30;

const shape = {
  SecretId: members.secretId,
  RecoveryWindowInDays: z.int().min(7).max(30).optional(),
  ForceDeleteWithoutRecovery: z.boolean().optional(),
};

/**
 * Marks the secret for deletion, or with `ForceDeleteWithoutRecovery` deletes it at once: that is no error when there
 * is none.
 *
 * @see AWS Secrets Manager API Reference, DeleteSecret
 */
export const deleteSecret: VaultOperation = (vault) => (given: object) => {
  const { SecretId, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = readInput(shape, given);
  if (!force) return scheduleDeletion(vault, SecretId, days ?? defaultWindowDays);
  if (days !== undefined)
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  const secret = vault.find(SecretId);
  if (secret) vault.remove(secret);
  return { ARN: secret?.arn, Name: secret?.name ?? SecretId, DeletionDate: vault.clock.now() / 1000 };
};

function scheduleDeletion(vault: Vault, secretId: string, days: number) {
  const secret = vault.get(secretId);
  const deletedAtEpochMs = vault.clock.now() + days * dayMs;
  vault.save({ ...secret, deletedAtEpochMs });
  return { ARN: secret.arn, Name: secret.name, DeletionDate: deletedAtEpochMs / 1000 };
}
