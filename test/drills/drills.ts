import { brokenDeploy } from './broken-deploy.ts';
import type { Drill } from './drill.ts';
import { dynamodbAway } from './dynamodb-away.ts';
import { pollersAway } from './pollers-away.ts';
import { sqsRefuses } from './sqs-refuses.ts';
import { tenThousand } from './ten-thousand.ts';
import { tokenRevoked } from './token-revoked.ts';
import { vendorDown, vendorDownBusy } from './vendor-down.ts';

/** In the order in which they run. */
export const drills: readonly Drill[] = [
  dynamodbAway,
  sqsRefuses,
  vendorDown,
  vendorDownBusy,
  tokenRevoked,
  brokenDeploy,
  pollersAway,
  tenThousand,
];
