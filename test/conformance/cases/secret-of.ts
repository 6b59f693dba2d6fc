import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
} from '@aws-sdk/client-secrets-manager';
import type { Tools } from '../case.ts';

/** Creates a secret that goes with the case. The name's end keeps it from looking like the end of an ARN. */
export async function secretOf(tools: Tools, input: Partial<CreateSecretCommandInput> = { SecretString: 'first' }) {
  const { secrets, unique, afterwards } = tools;
  const SecretId = input.Name ?? unique('a-secret');
  const created = await secrets.send(new CreateSecretCommand({ Name: SecretId, ...input }));
  afterwards(() => secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })));
  const put = (input: Partial<PutSecretValueCommandInput>) =>
    secrets.send(new PutSecretValueCommand({ SecretId, ...input }));
  const read = (input: Partial<GetSecretValueCommandInput> = {}) =>
    secrets.send(new GetSecretValueCommand({ SecretId, ...input }));
  const text = async (VersionStage?: string) => (await read({ VersionStage })).SecretString;
  return { ...created, SecretId, put, read, text };
}
