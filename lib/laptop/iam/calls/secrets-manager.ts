/**
 * The rights that calls of Secrets Manager need.
 *
 * A secret's ARN ends in six characters that only the service knows. However a call names the secret, the right is one to
 * that ARN; a secret that does not exist has none, so that policies for one (`…-??????`) do not fit.
 *
 * @see Service Authorization Reference, "Actions, resources, and condition keys for AWS Secrets Manager"
 */
import { jsonMapping, type Need, type Place } from './need.ts';

const arnPrefix = ({ region, account }: Place) => `arn:aws:secretsmanager:${region}:${account}:secret:`;

async function arnOf(place: Place, SecretId: string): Promise<string> {
  const secret = (await place.ask({ operation: 'DescribeSecret' }, { SecretId })) as { ARN: string } | undefined;
  return secret?.ARN ?? (SecretId.startsWith('arn:') ? SecretId : arnPrefix(place) + SecretId);
}

const onSecret =
  (action: string) =>
  async (
    { SecretId = '', VersionStage }: { SecretId?: string; VersionStage?: string },
    place: Place,
  ): Promise<Need[]> => {
    const context = { 'secretsmanager:secretid': SecretId, 'secretsmanager:versionstage': VersionStage };
    return [{ action: `secretsmanager:${action}`, resource: await arnOf(place, SecretId), context }];
  };

export const secretsManager = jsonMapping({
  DeleteSecret: onSecret('DeleteSecret'),
  DescribeSecret: onSecret('DescribeSecret'),
  GetSecretValue: onSecret('GetSecretValue'),
  PutSecretValue: onSecret('PutSecretValue'),
  UpdateSecret: onSecret('UpdateSecret'),
  ListSecrets: () => [{ action: 'secretsmanager:ListSecrets', resource: '*' }],

  /** The new secret has no characters yet: six stand for them. */
  CreateSecret: ({ Name = '' }: { Name?: string }, place) => [
    {
      action: 'secretsmanager:CreateSecret',
      resource: `${arnPrefix(place)}${Name}-laptop`,
      context: { 'secretsmanager:name': Name },
    },
  ],

  /** AWS answers with the secrets that may be read; here a secret that may not be read refuses the call. */
  BatchGetSecretValue: async ({ SecretIdList }: { SecretIdList?: string[] }, place) => {
    const batch = { action: 'secretsmanager:BatchGetSecretValue', resource: '*' };
    const read = (SecretId: string) => onSecret('GetSecretValue')({ SecretId }, place);
    if (SecretIdList) return [batch, ...(await Promise.all(SecretIdList.map(read))).flat()];
    const all = { action: 'secretsmanager:GetSecretValue', resource: `${arnPrefix(place)}*` };
    return [batch, { action: 'secretsmanager:ListSecrets', resource: '*' }, all];
  },
});
