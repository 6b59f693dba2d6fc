import type { FuzzedService } from '../service.ts';
import { cloudWatch } from './cloudwatch.ts';
import { dynamodb } from './dynamodb.ts';
import { httpApi } from './http-api.ts';
import { lambda } from './lambda.ts';
import { s3 } from './s3.ts';
import { sandbox } from './sandbox.ts';
import { secretsManager } from './secrets-manager.ts';
import { sqs } from './sqs.ts';

export const services: readonly FuzzedService[] = [
  ...[sqs, dynamodb, s3, secretsManager, lambda, cloudWatch],
  ...[httpApi, sandbox],
];
