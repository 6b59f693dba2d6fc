import type { Random } from '../random.ts';
import { jsonProtocolService } from './json-protocol.ts';

const name = (random: Random) => random.pick(['fuzz/a', 'fuzz/b', 'fuzz/c', '__proto__', 'constructor']);
const secret = (random: Random) => ({
  SecretId: random.percent(80)
    ? name(random)
    : `arn:aws:secretsmanager:eu-central-1:000000000000:secret:${name(random)}-AbCdEf`,
});
const value = (random: Random) => random.pick([{ SecretString: '{"secret":"x"}' }, { SecretBinary: 'AAEC' }]);
const token = (random: Random) => ({ ClientRequestToken: random.bytes(16).toString('hex') });
const filters = { Filters: [{ Key: 'name', Values: ['fuzz', '!x'] }] };

export const secretsManager = jsonProtocolService({
  name: 'secretsmanager',
  targetPrefix: 'secretsmanager',
  version: '1.1',
  samples: {
    CreateSecret: (random) => ({
      ...{ Name: name(random), ...value(random), ...token(random), Description: 'of the fuzzer', KmsKeyId: 'x' },
      Tags: [{ Key: 'k', Value: 'v' }],
    }),
    PutSecretValue: (random) => ({
      ...{ ...secret(random), ...value(random), ...token(random) },
      VersionStages: [random.pick(['AWSCURRENT', 'AWSPREVIOUS', 'mine', '__proto__'])],
    }),
    UpdateSecret: (random) => ({ ...secret(random), ...value(random), ...token(random), Description: 'changed' }),
    GetSecretValue: (random) => ({ ...secret(random), VersionStage: 'AWSCURRENT' }),
    DescribeSecret: secret,
    BatchGetSecretValue: (random) =>
      random.pick([{ SecretIdList: [name(random), name(random)] }, { ...filters, MaxResults: 2, NextToken: 'from-1' }]),
    ListSecrets: () => ({ ...filters, MaxResults: 3, SortOrder: 'desc', IncludePlannedDeletion: true }),
    DeleteSecret: (random) => ({
      ...secret(random),
      ...random.pick([{ ForceDeleteWithoutRecovery: true }, { RecoveryWindowInDays: 7 }]),
    }),
  },
});
