import { z } from 'zod';
import { members, readInput } from '../input.ts';
import { pageOf } from '../page.ts';
import { describeSecret, stagesOf } from '../secret.ts';
import type { VaultOperation } from '../vault.ts';

const maxResults = 100;

const shape = {
  Filters: members.filters,
  IncludePlannedDeletion: z.boolean().optional(),
  MaxResults: z.int().min(1).max(maxResults).optional(),
  NextToken: members.text,
  SortOrder: z.enum(['asc', 'desc']).optional(),
};

export const listSecrets: VaultOperation = (vault) => (given: object) => {
  const input = readInput(shape, given);
  const shown = vault
    .all()
    .filter(({ deletedAtEpochMs }) => input.IncludePlannedDeletion || deletedAtEpochMs === undefined);
  const { secrets, ...next } = pageOf(shown, {
    ...{ filters: input.Filters, size: input.MaxResults ?? maxResults, token: input.NextToken },
    newestFirst: input.SortOrder === 'desc',
  });
  const SecretList = secrets.map((secret) => ({ ...describeSecret(secret), SecretVersionsToStages: stagesOf(secret) }));
  return { SecretList, ...next };
};
