import { randomUUID } from 'node:crypto';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { type Case, casesOf, type Tools } from '../case.ts';
import { secretsApi } from './pages.ts';
import { secretOf } from './secret-of.ts';

const batch = ({ secrets }: Tools, SecretIdList: string[]) =>
  secrets.send(new BatchGetSecretValueCommand({ SecretIdList }));

/** Secrets as such: batches, lists, deletion. */
export const secrets: Case[] = casesOf('secretsmanager', [
  {
    name: 'a second secret of the same name is refused',
    fact: secretsApi('CreateSecret'),
    async run(tools) {
      const { SecretId } = await secretOf(tools);

      const call = tools.secrets.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'other' }));

      await tools.expect.error(call, 'ResourceExistsException');
    },
  },
  {
    name: 'a create with the same token and value answers the same secret',
    fact: secretsApi('CreateSecret'),
    async run(tools) {
      const input = { Name: tools.unique('a-secret'), SecretString: 'first', ClientRequestToken: randomUUID() };
      const { ARN, VersionId } = await secretOf(tools, input);

      const again = await tools.secrets.send(new CreateSecretCommand(input));

      tools.expect.equal([again.ARN, again.VersionId], [ARN, VersionId]);
    },
  },
  {
    name: 'a secret that does not exist is ResourceNotFoundException',
    fact: secretsApi('GetSecretValue'),
    async run({ secrets, unique, expect }) {
      const SecretId = unique('no-secret');
      const missing = 'ResourceNotFoundException';

      await expect.error(secrets.send(new GetSecretValueCommand({ SecretId })), missing);
      await expect.error(secrets.send(new DescribeSecretCommand({ SecretId })), missing);
      await expect.error(secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'a' })), missing);
    },
  },
  {
    name: 'a batch reads values by name and by ARN, and names what it cannot read',
    fact: secretsApi('BatchGetSecretValue'),
    async run(tools) {
      const [one, other] = [await secretOf(tools), await secretOf(tools, { SecretString: 'other' })];
      const none = tools.unique('no-secret');

      const { SecretValues = [], Errors = [] } = await batch(tools, [one.SecretId, other.ARN!, none]);

      tools.expect.equal(SecretValues.map(({ SecretString }) => SecretString).sort(), ['first', 'other']);
      tools.expect.equal(
        Errors.map(({ SecretId }) => SecretId),
        [none],
      );
      tools.expect.like(Errors[0], { ErrorCode: 'ResourceNotFoundException' });
    },
  },
  {
    name: 'a batch reads 20 secrets at most',
    fact: secretsApi('BatchGetSecretValue'),
    async run(tools) {
      const none = tools.unique('no-secret');
      const call = batch(
        tools,
        Array.from({ length: 21 }, (_, index) => `${none}-${index}`),
      );

      await tools.expect.error(call, 'ValidationException', 'InvalidParameterException');
    },
  },
  {
    name: 'a batch needs either ids or filters, not both',
    fact: secretsApi('BatchGetSecretValue'),
    async run({ secrets, unique, expect }) {
      const SecretIdList = [unique('no-secret')];
      const Filters = [{ Key: 'name' as const, Values: SecretIdList }];
      const codes = ['InvalidParameterException', 'InvalidRequestException', 'ValidationException'];

      await expect.error(secrets.send(new BatchGetSecretValueCommand({ SecretIdList, Filters })), ...codes);
      await expect.error(secrets.send(new BatchGetSecretValueCommand({})), ...codes);
    },
  },
  {
    name: 'secrets are listed by the beginning of their names, without their values',
    fact: secretsApi('ListSecrets'),
    async run(tools) {
      const Name = tools.unique('listed/one-secret');
      await secretOf(tools, { Name, SecretString: 'first' });
      const Filters = [{ Key: 'name' as const, Values: [Name.slice(0, -3)] }];

      await tools.expect.soon(async () => {
        const { SecretList = [] } = await tools.secrets.send(new ListSecretsCommand({ Filters }));
        tools.expect.equal(
          SecretList.map((secret) => secret.Name),
          [Name],
        );
        tools.expect.that(!JSON.stringify(SecretList).includes('"first"'), 'no value is listed');
      });
    },
  },
  {
    name: 'a secret that waits for its deletion cannot be read, but is described',
    fact: secretsApi('DeleteSecret'),
    async run(tools) {
      const { SecretId, read } = await secretOf(tools);

      await tools.secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));

      await tools.expect.soon(() => tools.expect.error(read(), 'InvalidRequestException'));
      const { DeletedDate } = await tools.secrets.send(new DescribeSecretCommand({ SecretId }));
      tools.expect.that(DeletedDate instanceof Date, 'DeletedDate is given');
    },
  },
  {
    name: 'its name is not free while a secret waits for its deletion',
    fact: secretsApi('CreateSecret'),
    async run(tools) {
      const { SecretId } = await secretOf(tools);
      await tools.secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
      const again = () => tools.secrets.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'other' }));

      await tools.expect.soon(() => tools.expect.error(again(), 'InvalidRequestException'));
    },
  },
  {
    name: 'a recovery window has 7 to 30 days, and none when deletion is forced',
    fact: secretsApi('DeleteSecret'),
    async run(tools) {
      const { SecretId } = await secretOf(tools);
      const codes = ['InvalidParameterException', 'ValidationException'];
      const remove = (input: object) => tools.secrets.send(new DeleteSecretCommand({ SecretId, ...input }));

      await tools.expect.error(remove({ RecoveryWindowInDays: 6 }), ...codes);
      await tools.expect.error(remove({ RecoveryWindowInDays: 31 }), ...codes);
      await tools.expect.error(remove({ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }), ...codes);
    },
  },
  {
    name: 'a forced deletion is soon done, and no error for a secret that does not exist',
    fact: secretsApi('DeleteSecret'),
    async run(tools) {
      const { SecretId, read } = await secretOf(tools);
      const force = () => tools.secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));

      await force();

      await tools.expect.soon(() => tools.expect.error(read(), 'ResourceNotFoundException'));
      await force();
    },
  },
  {
    name: 'a secret that waits for its deletion can be restored',
    fact: secretsApi('RestoreSecret'),
    refusedBySyncline: 'the hub deletes no secret',
    async run(tools) {
      const { SecretId, text } = await secretOf(tools);
      await tools.secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));

      await tools.secrets.send(new RestoreSecretCommand({ SecretId }));

      await tools.expect.soon(async () => tools.expect.equal(await text(), 'first'));
    },
  },
]);
