import { cloudWatch } from './cloudwatch.ts';
import { dynamodb } from './dynamodb.ts';
import { lambda } from './lambda.ts';
import type { Mapping } from './need.ts';
import { s3 } from './s3.ts';
import { secretsManager } from './secrets-manager.ts';
import { sqs } from './sqs.ts';

/** What calls need, by the service's name in the credential scope. */
export const mappings: Readonly<Record<string, Mapping>> = {
  dynamodb,
  lambda,
  monitoring: cloudWatch,
  s3,
  secretsmanager: secretsManager,
  sqs,
};

/** Every condition key that a call may carry; a policy that asks for another is refused when it is read. */
export const CONTEXT_KEYS: readonly string[] = [
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principaltype',
  'aws:requestedregion',
  'aws:resourceaccount',
  'aws:securetransport',
  'dynamodb:leadingkeys',
  'lambda:functionarn',
  'lambda:sourcefunctionarn',
  's3:delimiter',
  's3:prefix',
  'secretsmanager:name',
  'secretsmanager:secretid',
  'secretsmanager:versionstage',
];
