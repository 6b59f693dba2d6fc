import { readFileSync, statSync } from 'node:fs';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure, startSecretsManager } from './support.ts';

let secrets: Awaited<ReturnType<typeof startSecretsManager>>;
beforeEach(async () => {
  secrets = await startSecretsManager();
});
afterEach(async () => {
  await secrets.stop();
  secrets.remove();
});

const create = (Name: string, more: Partial<CreateSecretCommand['input']> = {}) =>
  secrets.client.send(new CreateSecretCommand({ Name, ...more }));
const put = (SecretId: string, SecretString: string, more: Partial<PutSecretValueCommand['input']> = {}) =>
  secrets.client.send(new PutSecretValueCommand({ SecretId, SecretString, ...more }));
const get = (SecretId: string, more: Partial<GetSecretValueCommand['input']> = {}) =>
  secrets.client.send(new GetSecretValueCommand({ SecretId, ...more }));
const read = async (SecretId: string, VersionStage?: string) => (await get(SecretId, { VersionStage })).SecretString;
const token = (letter: string) => letter.repeat(32);

describe('creating', () => {
  it('answers an ARN that ends in six random characters', async () => {
    const { ARN, VersionId } = await create('shop/stripe', { SecretString: 'v1' });

    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:shop\/stripe-[A-Za-z0-9]{6}$/);
    expect(VersionId).toMatch(/^.{36}$/);
  });

  it('creates a secret without a value, whose value cannot be read', async () => {
    await create('empty');

    const error = await failure(get('empty'));

    expect(error.name).toBe('ResourceNotFoundException');
    expect(error.message).toBe("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT");
  });

  it('refuses a second secret of the same name', async () => {
    await create('once', { SecretString: 'v1' });

    expect((await failure(create('once', { SecretString: 'v2' }))).name).toBe('ResourceExistsException');
  });

  it('repeats its answer to a repeated token', async () => {
    const more = { SecretString: 'v1', ClientRequestToken: token('a') };
    const first = await create('repeated', more);

    const second = await create('repeated', more);

    expect([second.ARN, second.VersionId]).toEqual([first.ARN, token('a')]);
  });
});

describe('reading', () => {
  it('finds a secret by name, by ARN and by ARN without its last characters', async () => {
    const { ARN } = await create('by/arn', { SecretString: 'v1' });

    const ids = ['by/arn', ARN!, ARN!.slice(0, -7)];

    expect(await Promise.all(ids.map((id) => read(id)))).toEqual(['v1', 'v1', 'v1']);
  });

  it.each([
    'none',
    'arn:aws:secretsmanager:us-east-1:111111111111:secret:by',
    'arn:aws:secretsmanager:us-east-1:000000000000:secret:by-ABCDEF',
  ])('does not find %s', async (id) => {
    await create('by', { SecretString: 'v1' });

    const error = await failure(get(id));

    expect(error).toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  it('answers binary values as bytes', async () => {
    await create('binary', { SecretBinary: new Uint8Array([0, 255]) });

    const { SecretBinary, SecretString, CreatedDate } = await get('binary');

    expect(SecretBinary).toEqual(new Uint8Array([0, 255]));
    expect(SecretString).toBeUndefined();
    expect(CreatedDate).toEqual(new Date('2026-11-20T00:00:00Z'));
  });
});

describe('versions', () => {
  it('moves AWSCURRENT to what is put and AWSPREVIOUS to what was current', async () => {
    const { VersionId: first } = await create('rotated', { SecretString: 'v1' });
    await put('rotated', 'v2');
    await put('rotated', 'v3');

    const { VersionIdsToStages } = await secrets.client.send(new DescribeSecretCommand({ SecretId: 'rotated' }));

    expect([await read('rotated'), await read('rotated', 'AWSPREVIOUS')]).toEqual(['v3', 'v2']);
    expect(Object.values(VersionIdsToStages!)).toEqual([['AWSPREVIOUS'], ['AWSCURRENT']]);
    expect((await get('rotated', { VersionId: first })).SecretString).toBe('v1');
  });

  it('gives the first version AWSCURRENT whatever label is asked', async () => {
    await create('pending');

    const { VersionStages } = await put('pending', 'v1', { VersionStages: ['AWSPENDING'] });

    expect(VersionStages).toEqual(['AWSPENDING', 'AWSCURRENT']);
  });

  it('leaves AWSCURRENT where it is when another label is asked', async () => {
    await create('staged', { SecretString: 'v1' });

    await put('staged', 'v2', { VersionStages: ['AWSPENDING'] });

    expect([await read('staged'), await read('staged', 'AWSPENDING')]).toEqual(['v1', 'v2']);
    expect((await failure(get('staged', { VersionStage: 'AWSPREVIOUS' }))).name).toBe('ResourceNotFoundException');
  });

  it('takes a repeated token with the same value for the same version, and refuses another value', async () => {
    await create('tokens', { SecretString: 'v1' });
    const ClientRequestToken = token('b');
    await put('tokens', 'v2', { ClientRequestToken });

    const again = await put('tokens', 'v2', { ClientRequestToken });
    const other = await failure(put('tokens', 'v3', { ClientRequestToken }));

    expect(again.VersionId).toBe(ClientRequestToken);
    expect(other.name).toBe('ResourceExistsException');
    expect([await read('tokens'), await read('tokens', 'AWSPREVIOUS')]).toEqual(['v2', 'v1']);
  });

  it('refuses an id and a label of different versions', async () => {
    const { VersionId } = await create('both', { SecretString: 'v1' });
    await put('both', 'v2');

    expect((await failure(get('both', { VersionId, VersionStage: 'AWSCURRENT' }))).name).toBe(
      'InvalidRequestException',
    );
  });

  it('keeps 100 versions, the labelled ones among them', async () => {
    await create('many', { SecretString: 'first' });
    await put('many', 'kept', { VersionStages: ['KEEP'] });
    for (let n = 0; n < 101; n++) await put('many', `v${n}`);

    expect([await read('many'), await read('many', 'KEEP')]).toEqual(['v100', 'kept']);
  });

  it('updates description and value', async () => {
    await create('updated', { SecretString: 'v1', Description: 'old' });

    await secrets.client.send(new UpdateSecretCommand({ SecretId: 'updated', Description: 'new' }));
    await secrets.client.send(new UpdateSecretCommand({ SecretId: 'updated', SecretString: 'v2' }));

    const { Description } = await secrets.client.send(new DescribeSecretCommand({ SecretId: 'updated' }));
    expect([Description, await read('updated'), await read('updated', 'AWSPREVIOUS')]).toEqual(['new', 'v2', 'v1']);
  });
});

describe('deleting', () => {
  it('is at once and leaves nothing in the file when forced', async () => {
    await create('forced', { SecretString: 'very-private-value' });

    await secrets.client.send(new DeleteSecretCommand({ SecretId: 'forced', ForceDeleteWithoutRecovery: true }));

    expect((await failure(get('forced'))).name).toBe('ResourceNotFoundException');
    expect(readFileSync(secrets.file, 'latin1')).not.toContain('very-private-value');
    await create('forced', { SecretString: 'v2' });
  });

  it('is no error for an unknown secret when forced', async () => {
    await secrets.client.send(new DeleteSecretCommand({ SecretId: 'unknown', ForceDeleteWithoutRecovery: true }));
  });

  it('waits for the recovery window, in which the secret cannot be used', async () => {
    await create('window', { SecretString: 'v1' });
    const { DeletionDate } = await secrets.client.send(
      new DeleteSecretCommand({ SecretId: 'window', RecoveryWindowInDays: 7 }),
    );

    const [reading, creating] = [await failure(get('window')), await failure(create('window'))];
    await secrets.clock.advance(7 * 24 * 3_600_000);

    expect(DeletionDate).toEqual(new Date('2026-11-27T00:00:00Z'));
    expect([reading.name, creating.name]).toEqual(['InvalidRequestException', 'InvalidRequestException']);
    await create('window', { SecretString: 'v2' });
  });
});

describe('listing', () => {
  it('answers page by page, oldest first, without values', async () => {
    for (const name of ['b', 'a', 'c']) {
      await create(name, { SecretString: 'private' });
      await secrets.clock.advance(1000);
    }

    const first = await secrets.client.send(new ListSecretsCommand({ MaxResults: 2 }));
    const second = await secrets.client.send(new ListSecretsCommand({ MaxResults: 2, NextToken: first.NextToken }));

    const pages = [first, second].map(({ SecretList }) => SecretList!.map(({ Name }) => Name));
    expect(pages).toEqual([['b', 'a'], ['c']]);
    expect(second.NextToken).toBeUndefined();
    expect(JSON.stringify(first)).not.toContain('private');
  });

  it('filters by name, tag and description', async () => {
    await create('shop/one', { Description: 'Stripe key', Tags: [{ Key: 'flow', Value: 'orders' }] });
    await create('shop/two');
    const names = async (Key: 'name' | 'tag-key' | 'tag-value' | 'description', ...Values: string[]) => {
      const { SecretList } = await secrets.client.send(new ListSecretsCommand({ Filters: [{ Key, Values }] }));
      return SecretList!.map(({ Name }) => Name);
    };

    expect(await names('name', 'shop/')).toEqual(['shop/one', 'shop/two']);
    expect(await names('name', '!shop/one')).toEqual(['shop/two']);
    expect(await names('tag-key', 'flow')).toEqual(['shop/one']);
    expect(await names('tag-value', 'ord')).toEqual(['shop/one']);
    expect(await names('description', 'stripe')).toEqual(['shop/one']);
  });

  it('reads up to 20 values at once and names those it cannot', async () => {
    await create('first', { SecretString: 'v1' });
    await create('valueless');

    const { SecretValues, Errors } = await secrets.client.send(
      new BatchGetSecretValueCommand({ SecretIdList: ['first', 'valueless', 'absent'] }),
    );

    expect(SecretValues!.map(({ Name, SecretString }) => [Name, SecretString])).toEqual([['first', 'v1']]);
    expect(Errors!.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode])).toEqual([
      ['valueless', 'ResourceNotFoundException'],
      ['absent', 'ResourceNotFoundException'],
    ]);
  });

  it('reads values by filter, page by page', async () => {
    for (const name of ['f/1', 'f/2', 'g/1']) await create(name, { SecretString: name });
    const Filters = [{ Key: 'name' as const, Values: ['f/'] }];

    const first = await secrets.client.send(new BatchGetSecretValueCommand({ Filters, MaxResults: 1 }));
    const { NextToken } = first;
    const second = await secrets.client.send(new BatchGetSecretValueCommand({ Filters, MaxResults: 1, NextToken }));

    const values = [first, second].flatMap(({ SecretValues }) => SecretValues!.map(({ SecretString }) => SecretString));
    expect(values).toEqual(['f/1', 'f/2']);
  });

  it('refuses 21 secrets at once', async () => {
    const SecretIdList = Array.from({ length: 21 }, (_, n) => `s${n}`);

    expect((await failure(secrets.client.send(new BatchGetSecretValueCommand({ SecretIdList })))).name).toBe(
      'ValidationException',
    );
  });
});

describe('care', () => {
  it('keeps its file to the user', () => {
    expect(statSync(secrets.file).mode & 0o777).toBe(0o600);
  });

  it('keeps secrets over a restart', async () => {
    await create('kept', { SecretString: 'v1' });

    await secrets.stop();
    secrets = await startSecretsManager(secrets.folder);

    expect(await read('kept')).toBe('v1');
  });

  it('refuses an operation outside its list, and a member it leaves out, by name', async () => {
    const rotate = await failure(secrets.client.send(new RotateSecretCommand({ SecretId: 'x' })));
    const replicate = await failure(create('x', { AddReplicaRegions: [{ Region: 'eu-west-1' }] }));

    expect([rotate.name, replicate.name]).toEqual(['NotEmulatedException', 'NotEmulatedException']);
    expect(replicate.message).toContain('AddReplicaRegions');
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['an empty name', () => create(''), 'ValidationException'],
    ['a name with a space', () => create('a b'), 'ValidationException'],
    ['a value above 64 KB', () => create('a', { SecretString: 'ü'.repeat(33_000) }), 'ValidationException'],
    [
      'two kinds of value',
      () => create('a', { SecretString: 'x', SecretBinary: new Uint8Array(1) }),
      'InvalidParameterException',
    ],
    [
      'no value to put',
      () => secrets.client.send(new PutSecretValueCommand({ SecretId: 'a' })),
      'InvalidRequestException',
    ],
    [
      'a foreign page token',
      () => secrets.client.send(new ListSecretsCommand({ NextToken: 'x' })),
      'InvalidParameterException',
    ],
    ['a number for a name', () => get(5 as never), 'SerializationException'],
    ['a missing id', () => get(undefined as never), 'ValidationException'],
    [
      'neither ids nor filters',
      () => secrets.client.send(new BatchGetSecretValueCommand({})),
      'InvalidParameterException',
    ],
  ])('refuses %s', async (_what, call, name) => {
    expect((await failure(call())).name).toBe(name);
  });

  it('never quotes a value, neither in an answer nor in a log', async () => {
    const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const SecretString = { private: 'value' } as never;

    const error = await failure(create('quoted', { SecretString }));

    expect(error.name).toBe('SerializationException');
    expect(`${error.message}${log.mock.calls}`).not.toContain('private');
    log.mockRestore();
  });
});
