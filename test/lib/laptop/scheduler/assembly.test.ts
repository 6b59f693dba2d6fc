import { expect, test } from 'vitest';
import { functionWith, readStack, resolved } from '../assembly/setup.ts';
import { schedule } from './setup.ts';

const Target = (rest = {}) => ({
  Arn: { 'Fn::GetAtt': ['Shop', 'Arn'] },
  RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
  ...rest,
});
const ofTemplate = (properties: object) => ({
  ...functionWith({}),
  Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'polls' } },
  Poll: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: 'poll',
      ScheduleExpression: 'rate(5 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ...properties,
    },
  },
});

test('reads schedules with their defaults, and groups', () => {
  const StartDate = '2026-11-20T10:00:00.000Z';

  const { schedules, scheduleGroups } = readStack(
    ofTemplate({ GroupName: { Ref: 'Group' }, StartDate, Target: Target() }),
  );

  const target = {
    Arn: 'arn:aws:lambda:eu-central-1:000000000000:function:hub-shop',
    RoleArn: 'arn:aws:iam::000000000000:role/hub-role',
  };
  expect(schedules).toEqual([schedule({ GroupName: 'polls', StartDate: 1_795_168_800, Target: target })]);
  expect(scheduleGroups).toEqual(['default', 'polls']);
});

test('gives references to a schedule its ARN, with the group', () => {
  const resources = ofTemplate({ GroupName: { Ref: 'Group' }, Target: Target() });

  expect(resolved({ 'Fn::GetAtt': ['Poll', 'Arn'] }, resources)).toBe(
    'arn:aws:scheduler:eu-central-1:000000000000:schedule/polls/poll',
  );
});

test.each([
  [{ Target: Target({ SqsParameters: {} }) }, "SqsParameters of a schedule's target is not emulated"],
  [{ Target: Target({ Arn: 'arn:aws:sqs:eu-central-1:000000000000:q' }) }, 'a schedule of arn:aws:sqs:'],
])('refuses what it would have to leave out: %j', (properties, message) => {
  expect(() => readStack(ofTemplate(properties))).toThrow(`[syncline] [laptop] hub/Poll: ${message}`);
});
