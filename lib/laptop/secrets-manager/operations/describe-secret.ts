import { notFound } from '../errors.ts';
import { members, readInput } from '../input.ts';
import { describeSecret as describe, stagesOf } from '../secret.ts';
import type { VaultOperation } from '../vault.ts';

/** Works for a secret that waits for its deletion too. `LastAccessedDate` is left out: reads are not recorded. */
export const describeSecret: VaultOperation = (vault) => (given: object) => {
  const secret = vault.find(readInput({ SecretId: members.secretId }, given).SecretId);
  if (!secret) throw notFound();
  return { ...describe(secret), VersionIdsToStages: stagesOf(secret) };
};
