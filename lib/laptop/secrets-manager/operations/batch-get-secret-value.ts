import { z } from 'zod';
import { AwsError } from '../../service.ts';
import { invalidParameter } from '../errors.ts';
import { members, readInput } from '../input.ts';
import { pageOf } from '../page.ts';
import { findVersion, type Vault, type VaultOperation } from '../vault.ts';
import { valueAnswer } from './get-secret-value.ts';

const maxSecrets = 20;

const shape = {
  SecretIdList: z.array(members.secretId).min(1).max(maxSecrets).optional(),
  Filters: members.filters,
  MaxResults: z.int().min(1).max(maxSecrets).optional(),
  NextToken: members.text,
};

/** The current values of up to 20 secrets; one that cannot be read is in `Errors` and spoils no other. */
export const batchGetSecretValue: VaultOperation = (vault) => (given: object) => {
  const { SecretIdList, Filters, MaxResults, NextToken } = readInput(shape, given);
  if ((SecretIdList === undefined) === (Filters === undefined))
    throw invalidParameter('Either SecretIdList or Filters must be provided, but not both.');
  if (SecretIdList) return readAll(vault, SecretIdList);
  const living = vault.all().filter(({ deletedAtEpochMs }) => deletedAtEpochMs === undefined);
  const { secrets, ...next } = pageOf(living, { filters: Filters, size: MaxResults ?? maxSecrets, token: NextToken });
  return {
    ...readAll(
      vault,
      secrets.map(({ arn }) => arn),
    ),
    ...next,
  };
};

function readAll(vault: Vault, secretIds: string[]) {
  const outcomes = secretIds.map((secretId) => readOne(vault, secretId));
  return {
    SecretValues: outcomes.filter((outcome) => 'ARN' in outcome),
    Errors: outcomes.filter((outcome) => 'ErrorCode' in outcome),
  };
}

function readOne(vault: Vault, secretId: string) {
  try {
    const secret = vault.get(secretId);
    return valueAnswer(secret, findVersion(secret, undefined, undefined));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { SecretId: secretId, ErrorCode: error.code, Message: error.message };
  }
}
