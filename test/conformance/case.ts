import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Expect } from './expect.ts';
import type { Functions } from './resources/functions.ts';
import type { Queues } from './resources/queues.ts';

export const services = ['sqs', 'dynamodb', 's3', 'secretsmanager', 'lambda', 'monitoring'] as const;
export type ServiceName = (typeof services)[number];

/** What a case works with: the AWS SDK's clients, and resources that are removed after it. */
export type Tools = {
  sqs: SQSClient;
  dynamodb: DynamoDBClient;
  s3: S3Client;
  secrets: SecretsManagerClient;
  lambda: LambdaClient;
  cloudwatch: CloudWatchClient;
  expect: Expect;
  /** A name that nothing else has, beginning with the run's prefix. */
  unique: (name: string) => string;
  /** Calls it after the case, the last first. */
  afterwards: (remove: () => Promise<unknown>) => void;
  queues: Queues;
  /** The run's table, with partition key `pk` (S), sort key `sk` (N) and index `byState` over `state` (S) and `at` (N). */
  table: () => Promise<string>;
  /** A table of the case's own, with partition key `pk` (S). On AWS it takes some seconds. */
  ownTable: () => Promise<string>;
  /** The run's bucket; keys of a case begin with `unique(…)`. */
  bucket: () => Promise<string>;
  /** A queue with an event source mapping to a function. */
  functions: Functions;
};

/** One thing that AWS promises, told through its API alone. */
export type Case = {
  /** A sentence in the present tense that says what is promised. */
  name: string;
  /** The AWS page that promises it: its document, and its title or operation. */
  fact: string;
  service: ServiceName;
  /** Takes more than ten seconds: runs with `--slow`. */
  slow?: true;
  /** Writes or reads megabytes in DynamoDB: runs with `--costly`. */
  costly?: true;
  /** What of it AWS's pages do not say. */
  unverified?: string;
  /** Why Syncline's services leave it out; there they must refuse it by name. */
  refusedBySyncline?: string;
  /** Why Syncline's services do otherwise on purpose; there it does not run. */
  differsInSyncline?: string;
  run: (tools: Tools) => Promise<void>;
};

/** The cases of one service and topic. */
export const casesOf = (service: ServiceName, cases: Omit<Case, 'service'>[]): Case[] =>
  cases.map((each) => ({ service, ...each }));
