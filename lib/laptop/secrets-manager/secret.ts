/** What a version holds: text or base64. */
export type SecretValue = { SecretString: string } | { SecretBinary: string };

export type SecretVersion = { id: string; createdAtEpochMs: number; stages: string[]; value: SecretValue };

export type Tag = { Key: string; Value: string };

/** A secret as it is stored. */
export type Secret = {
  arn: string;
  name: string;
  description?: string | undefined;
  kmsKeyId?: string | undefined;
  tags: Tag[];
  createdAtEpochMs: number;
  changedAtEpochMs: number;
  /** When it is gone for good: set by a deletion with a recovery window. */
  deletedAtEpochMs?: number | undefined;
  /** Oldest first. */
  versions: SecretVersion[];
};

const maxVersions = 100;

/**
 * The versions with one more, and the labels where AWS leaves them: a label is on one version at a time; `AWSCURRENT`
 * leaves `AWSPREVIOUS` on the version it comes from; the first version is `AWSCURRENT` whatever is asked. Above 100
 * versions the oldest without a label goes.
 *
 * @see AWS Secrets Manager API Reference, PutSecretValue
 */
export function addVersion(versions: SecretVersion[], added: SecretVersion): SecretVersion[] {
  const isFirst = versions.length === 0 && !added.stages.includes('AWSCURRENT');
  const stages = isFirst ? [...added.stages, 'AWSCURRENT'] : added.stages;
  const moved = stages.includes('AWSCURRENT') ? [...stages, 'AWSPREVIOUS'] : stages;
  const others = versions.map((version) => {
    const kept = version.stages.filter((stage) => !moved.includes(stage));
    const isPrevious = version.stages.includes('AWSCURRENT') && moved.includes('AWSCURRENT');
    return { ...version, stages: isPrevious ? [...kept, 'AWSPREVIOUS'] : kept };
  });
  const all = [...others, { ...added, stages }];
  const tooMany = all.length > maxVersions ? all.find((version) => version.stages.length === 0) : undefined;
  return all.filter((version) => version !== tooMany);
}

/** Label by version, as DescribeSecret answers it; a version without a label is left out. */
export function stagesOf({ versions }: Secret): Record<string, string[]> | undefined {
  const labelled = versions.filter(({ stages }) => stages.length > 0);
  return labelled.length > 0 ? Object.fromEntries(labelled.map(({ id, stages }) => [id, stages])) : undefined;
}

/** What DescribeSecret and ListSecrets both say. */
export const describeSecret = (secret: Secret) => ({
  ARN: secret.arn,
  Name: secret.name,
  Description: secret.description,
  KmsKeyId: secret.kmsKeyId,
  Tags: secret.tags,
  CreatedDate: secret.createdAtEpochMs / 1000,
  LastChangedDate: secret.changedAtEpochMs / 1000,
  DeletedDate: secret.deletedAtEpochMs && secret.deletedAtEpochMs / 1000,
});
