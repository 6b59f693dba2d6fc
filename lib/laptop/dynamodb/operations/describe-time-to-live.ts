import * as validation from 'dynalite/validations/describeTimeToLive.js';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';

export const describeTimeToLive: DatabaseOperation = (database) => (input: object) => {
  const { TableName } = check<{ TableName: string }>({ types: validation.types }, input);
  const { timeToLiveAttribute: AttributeName } = database.tables.get(TableName);
  const TimeToLiveStatus = AttributeName === undefined ? 'DISABLED' : 'ENABLED';
  return { TimeToLiveDescription: { TimeToLiveStatus, AttributeName } };
};
