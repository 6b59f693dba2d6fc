import { randomUUID } from 'node:crypto';
import { DescribeSecretCommand, UpdateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { type Case, casesOf } from '../case.ts';
import { secretsApi, secretsGuide } from './pages.ts';
import { secretOf } from './secret-of.ts';

const versions = secretsGuide('"What\'s in a Secrets Manager secret?"');

/** Values and their versions. */
export const secretValues: Case[] = casesOf('secretsmanager', [
  {
    name: 'a secret is read by its name and by its ARN',
    fact: secretsApi('GetSecretValue'),
    async run(tools) {
      const { ARN, SecretId, read } = await secretOf(tools);

      tools.expect.like(await read(), { ARN, Name: SecretId, SecretString: 'first', VersionStages: ['AWSCURRENT'] });
      tools.expect.equal((await read({ SecretId: ARN })).SecretString, 'first');
    },
  },
  {
    name: 'an ARN ends in a hyphen and six characters',
    fact: secretsApi('CreateSecret'),
    async run(tools) {
      const { ARN = '', SecretId } = await secretOf(tools);

      tools.expect.that(/^-[A-Za-z0-9]{6}$/.test(ARN.split(SecretId).at(-1) ?? ''), `the ARN is ${ARN}`);
    },
  },
  {
    name: 'a binary value comes back as its bytes',
    fact: secretsApi('CreateSecret'),
    async run(tools) {
      const { read } = await secretOf(tools, { SecretBinary: Uint8Array.of(0, 1, 255) });

      const { SecretBinary, SecretString } = await read();

      tools.expect.equal([[...(SecretBinary ?? [])], SecretString], [[0, 1, 255], undefined]);
    },
  },
  {
    name: 'a new value is AWSCURRENT, and the one before it AWSPREVIOUS',
    fact: secretsApi('PutSecretValue'),
    async run(tools) {
      const { put, text } = await secretOf(tools);

      await put({ SecretString: 'second' });

      tools.expect.equal(
        [await text(), await text('AWSCURRENT'), await text('AWSPREVIOUS')],
        ['second', 'second', 'first'],
      );
    },
  },
  {
    name: 'a third value pushes the first out of AWSPREVIOUS',
    fact: versions,
    async run(tools) {
      const { put, text } = await secretOf(tools);

      await put({ SecretString: 'second' });
      await put({ SecretString: 'third' });

      tools.expect.equal([await text(), await text('AWSPREVIOUS')], ['third', 'second']);
    },
  },
  {
    name: 'before a second value there is no AWSPREVIOUS',
    fact: secretsApi('GetSecretValue'),
    async run(tools) {
      const { text } = await secretOf(tools);

      await tools.expect.error(text('AWSPREVIOUS'), 'ResourceNotFoundException');
    },
  },
  {
    name: 'a secret without a value is described, and reading its value fails',
    fact: secretsApi('CreateSecret'),
    async run(tools) {
      const { SecretId, read } = await secretOf(tools, {});

      await tools.expect.error(read(), 'ResourceNotFoundException');

      const { Name } = await tools.secrets.send(new DescribeSecretCommand({ SecretId }));
      tools.expect.equal(Name, SecretId);
    },
  },
  {
    name: 'the first value that is put is AWSCURRENT',
    fact: secretsApi('PutSecretValue'),
    async run(tools) {
      const { put, text } = await secretOf(tools, {});

      await put({ SecretString: 'first' });

      tools.expect.equal(await text(), 'first');
    },
  },
  {
    name: 'a value with a label of its own leaves AWSCURRENT where it is',
    fact: secretsApi('PutSecretValue'),
    async run(tools) {
      const { put, text } = await secretOf(tools);

      await put({ SecretString: 'pending', VersionStages: ['AWSPENDING'] });

      tools.expect.equal([await text(), await text('AWSPENDING')], ['first', 'pending']);
    },
  },
  {
    name: 'a label is on one version at a time',
    fact: secretsApi('PutSecretValue'),
    async run(tools) {
      const { put, text, read } = await secretOf(tools);
      const one = await put({ SecretString: 'one', VersionStages: ['blue', 'green'] });

      await put({ SecretString: 'two', VersionStages: ['blue'] });

      tools.expect.equal([await text('blue'), await text('green')], ['two', 'one']);
      tools.expect.equal((await read({ VersionId: one.VersionId })).VersionStages, ['green']);
    },
  },
  {
    name: "a version's id is the token of its request",
    fact: secretsApi('PutSecretValue'),
    async run(tools) {
      const { put, read } = await secretOf(tools);
      const ClientRequestToken = randomUUID();

      const { VersionId } = await put({ SecretString: 'second', ClientRequestToken });

      tools.expect.equal(VersionId, ClientRequestToken);
      tools.expect.equal((await read({ VersionId: ClientRequestToken })).SecretString, 'second');
    },
  },
  {
    name: 'the same token with the same value makes no second version',
    fact: secretsApi('PutSecretValue'),
    async run(tools) {
      const { put, text } = await secretOf(tools);
      const input = { SecretString: 'second', ClientRequestToken: randomUUID() };
      await put(input);

      await put(input);

      tools.expect.equal([await text(), await text('AWSPREVIOUS')], ['second', 'first']);
    },
  },
  {
    name: 'the same token with another value is refused',
    fact: secretsApi('PutSecretValue'),
    async run(tools) {
      const { put, text } = await secretOf(tools);
      const ClientRequestToken = randomUUID();
      await put({ SecretString: 'second', ClientRequestToken });

      const call = put({ SecretString: 'other', ClientRequestToken });

      await tools.expect.error(call, 'ResourceExistsException');
      tools.expect.equal(await text(), 'second');
    },
  },
  {
    name: 'an id and a label must be those of one version',
    fact: secretsApi('GetSecretValue'),
    unverified: 'which error it is',
    async run(tools) {
      const { VersionId, put, read } = await secretOf(tools);
      await put({ SecretString: 'second' });

      tools.expect.equal((await read({ VersionId, VersionStage: 'AWSPREVIOUS' })).SecretString, 'first');
      const call = read({ VersionId, VersionStage: 'AWSCURRENT' });
      await tools.expect.error(call, 'InvalidRequestException', 'ResourceNotFoundException');
    },
  },
  {
    name: 'a value is text or binary, not both, and not neither',
    fact: secretsApi('PutSecretValue'),
    unverified: 'which of the three errors it is',
    async run(tools) {
      const { put } = await secretOf(tools);
      const codes = ['InvalidParameterException', 'InvalidRequestException', 'ValidationException'];

      await tools.expect.error(put({ SecretString: 'a', SecretBinary: Uint8Array.of(1) }), ...codes);
      await tools.expect.error(put({}), ...codes);
    },
  },
  {
    name: 'a value has 65,536 bytes at most',
    fact: secretsGuide('"AWS Secrets Manager quotas"'),
    async run(tools) {
      const { put, text } = await secretOf(tools);
      const most = 'x'.repeat(65_536);

      await put({ SecretString: most });

      tools.expect.equal((await text())?.length, 65_536);
      await tools.expect.error(put({ SecretString: `${most}x` }), 'ValidationException', 'InvalidParameterException');
    },
  },
  {
    name: 'a description names the labels of each version',
    fact: secretsApi('DescribeSecret'),
    async run(tools) {
      const { SecretId, VersionId: first, put } = await secretOf(tools);
      const { VersionId: second } = await put({ SecretString: 'second' });

      const { VersionIdsToStages } = await tools.secrets.send(new DescribeSecretCommand({ SecretId }));

      tools.expect.equal(VersionIdsToStages, { [first!]: ['AWSPREVIOUS'], [second!]: ['AWSCURRENT'] });
    },
  },
  {
    name: 'an update changes the description, and a value it brings is AWSCURRENT',
    fact: secretsApi('UpdateSecret'),
    async run(tools) {
      const { SecretId, text } = await secretOf(tools);

      await tools.secrets.send(new UpdateSecretCommand({ SecretId, Description: 'new', SecretString: 'second' }));

      const { Description } = await tools.secrets.send(new DescribeSecretCommand({ SecretId }));
      tools.expect.equal([Description, await text(), await text('AWSPREVIOUS')], ['new', 'second', 'first']);
    },
  },
]);
