/**
 * The rights that calls of CloudWatch need: reading metrics knows no resource and no condition.
 *
 * @see Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch"
 */
import { jsonMapping } from './need.ts';

export const cloudWatch = jsonMapping({
  GetMetricData: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],
});
