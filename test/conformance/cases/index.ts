import type { Case } from '../case.ts';
import { metricData } from './cloudwatch.ts';
import { itemBatches } from './dynamodb-batches.ts';
import { conditions } from './dynamodb-conditions.ts';
import { items } from './dynamodb-items.ts';
import { queries } from './dynamodb-queries.ts';
import { tables } from './dynamodb-tables.ts';
import { dynamoTransactions } from './dynamodb-transactions.ts';
import { updates } from './dynamodb-updates.ts';
import { mappings } from './lambda.ts';
import { buckets } from './s3-buckets.ts';
import { conditionalWrites } from './s3-conditional-writes.ts';
import { objects } from './s3-objects.ts';
import { parts } from './s3-parts.ts';
import { secretValues } from './secret-values.ts';
import { secrets } from './secrets.ts';
import { attributes } from './sqs-attributes.ts';
import { batches } from './sqs-batches.ts';
import { deadLetters } from './sqs-dead-letters.ts';
import { fifo } from './sqs-fifo.ts';
import { limits } from './sqs-limits.ts';
import { messages } from './sqs-messages.ts';
import { moveTasks } from './sqs-move-tasks.ts';
import { settings } from './sqs-settings.ts';
import { visibility } from './sqs-visibility.ts';
import { waiting } from './sqs-waiting.ts';

/** Every case, service by service. */
export const cases: Case[] = [
  ...[messages, visibility, waiting, deadLetters, moveTasks, batches, limits, attributes, settings, fifo],
  ...[items, updates, itemBatches, conditions, queries, dynamoTransactions, tables],
  ...[objects, conditionalWrites, parts, buckets],
  ...[secretValues, secrets],
  ...[mappings],
  ...[metricData],
].flat();
