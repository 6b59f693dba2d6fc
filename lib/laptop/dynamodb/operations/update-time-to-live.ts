import { types } from 'dynalite/validations/describeTimeToLive.js';
import { AwsError } from '../../service.ts';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';

type Specification = { AttributeName: string; Enabled: boolean };
type UpdateTimeToLive = { TableName: string; TimeToLiveSpecification: Specification };

const specification = {
  TimeToLiveSpecification: {
    type: 'FieldStruct<TimeToLiveSpecification>',
    notNull: true,
    children: {
      AttributeName: { type: 'String', notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 255 },
      Enabled: { type: 'Boolean', notNull: true },
    },
  },
};

/**
 * In force with the answer; AWS takes up to an hour, and refuses a second change within it.
 *
 * @see Amazon DynamoDB API Reference, UpdateTimeToLive
 */
export const updateTimeToLive: DatabaseOperation = (database) => (input: object) => {
  const request = check<UpdateTimeToLive>({ types }, input, specification);
  return database.write(() => {
    const { description, timeToLiveAttribute } = database.tables.get(request.TableName);
    const { AttributeName, Enabled } = request.TimeToLiveSpecification;
    refuseNoChange(request.TimeToLiveSpecification, timeToLiveAttribute);
    database.tables.save({ description, ...(Enabled && { timeToLiveAttribute: AttributeName }) });
    return { TimeToLiveSpecification: request.TimeToLiveSpecification };
  });
};

function refuseNoChange({ AttributeName, Enabled }: Specification, current: string | undefined) {
  const isEnabled = current !== undefined;
  if (isEnabled && AttributeName !== current)
    throw invalid(`TimeToLive is active on a different AttributeName: current AttributeName is ${current}`);
  if (isEnabled === Enabled) throw invalid(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`);
}

const invalid = (message: string) => new AwsError('ValidationException', message);
