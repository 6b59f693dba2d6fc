import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../fake-clock.ts';
import { clientOf, dataFile, schedule, startScheduler, TARGET } from './setup.ts';

const MINUTE = 60_000;
const OFF = { FlexibleTimeWindow: { Mode: 'OFF' as const }, Target: TARGET };

describe('a schedule of the template', () => {
  test('runs its function at its times', async () => {
    const clock = fakeClock('2026-11-20T08:00:00Z');
    const { runs, times } = startScheduler({ clock }, [
      schedule({ Target: { ...TARGET, Input: '{"source":"shop"}' } }),
    ]);

    await clock.advance(11 * MINUTE);

    expect(times()).toEqual(['2026-11-20T08:00:00.000Z', '2026-11-20T08:05:00.000Z', '2026-11-20T08:10:00.000Z']);
    expect(runs[0]).toMatchObject({ name: 'poll', payload: '{"source":"shop"}' });
  });

  test('fills the context attributes into its input', async () => {
    const Input = JSON.stringify({
      time: '<aws.scheduler.scheduled-time>',
      arn: '<aws.scheduler.schedule-arn>',
      attempt: '<aws.scheduler.attempt-number>',
      execution: '<aws.scheduler.execution-id>',
      other: '<aws.scheduler.other>',
    });
    const clock = fakeClock('2026-11-20T08:00:00Z');
    const { runs } = startScheduler({ clock }, [schedule({ Target: { ...TARGET, Input } })]);

    await clock.advance(0);
    await clock.advance(1);

    expect(JSON.parse(runs[0]!.payload)).toEqual({
      time: '2026-11-20T08:00:00Z',
      arn: 'arn:aws:scheduler:eu-central-1:000000000000:schedule/default/poll',
      attempt: '1',
      execution: expect.stringMatching(/^[0-9a-f]{16}$/),
      other: '<aws.scheduler.other>',
    });
  });

  test('gives a function without input the default notification', async () => {
    const clock = fakeClock('2026-11-20T08:00:00Z');
    const { runs } = startScheduler({ clock }, [schedule()]);

    await clock.advance(1);

    expect(JSON.parse(runs[0]!.payload)).toMatchObject({ source: 'aws.scheduler', time: '2026-11-20T08:00:00Z' });
  });

  test('does not run while it is disabled', async () => {
    const clock = fakeClock('2026-11-20T08:00:00Z');
    const { runs } = startScheduler({ clock }, [schedule({ State: 'DISABLED' })]);

    await clock.advance(60 * MINUTE);

    expect(runs).toEqual([]);
  });

  test('whose function fails tells so in its log, and runs at its next time', async () => {
    const clock = fakeClock('2026-11-20T08:00:00Z');
    const invoke = async () => ({ kind: 'error' as const, errorType: 'TypeError', payload: Buffer.from('{}') });
    const { lines } = startScheduler({ clock, invoke }, [schedule()]);

    await clock.advance(6 * MINUTE);

    const line = 'poll [syncline] [laptop] [scheduler] poll: TypeError; it is not tried again here';
    expect(lines).toEqual([line, line]);
  });
});

describe('over a restart', () => {
  test('a one-time schedule that was due meanwhile runs, once', async () => {
    const file = dataFile();
    const once = schedule({ ScheduleExpression: 'at(2026-11-20T09:00:00)' });
    await startScheduler({ file, clock: fakeClock('2026-11-20T08:00:00Z') }, [once]).close();
    const clock = fakeClock('2026-11-20T10:00:00Z');
    const second = startScheduler({ file, clock }, [once]);

    await clock.advance(60 * MINUTE);

    expect(second.times()).toEqual(['2026-11-20T10:00:00.000Z']);
  });

  test('a recurring one goes on with its next time', async () => {
    const file = dataFile();
    await startScheduler({ file, clock: fakeClock('2026-11-20T08:00:00Z') }, [schedule()]).close();
    const clock = fakeClock('2026-11-20T10:02:00Z');
    const second = startScheduler({ file, clock }, [schedule()]);

    await clock.advance(4 * MINUTE);

    expect(second.times()).toEqual(['2026-11-20T10:05:00.000Z']);
  });

  test('a run that had begun and not ended is run again', async () => {
    const file = dataFile();
    const once = schedule({ ScheduleExpression: 'at(2026-11-20T09:00:00)', ActionAfterCompletion: 'DELETE' });
    const clock = fakeClock('2026-11-20T08:59:59Z');
    startScheduler({ file, clock, invoke: () => new Promise(() => {}) }, [once]).scheduler.service.close =
      async () => {};
    await clock.advance(2_000);

    const second = startScheduler({ file, clock: fakeClock('2026-11-20T09:01:00Z') }, [once]);

    expect(second.times()).toEqual(['2026-11-20T09:01:00.000Z']);
  });

  test('the template takes back what it no longer says, and leaves alone what it says in the same words', async () => {
    const file = dataFile();
    const first = startScheduler({ file }, [schedule(), schedule({ Name: 'gone' })]);
    const client = await clientOf(first.scheduler);
    await client.send(
      new UpdateScheduleCommand({ Name: 'poll', ScheduleExpression: 'rate(5 minutes)', State: 'DISABLED', ...OFF }),
    );
    await first.close();

    const again = await clientOf(startScheduler({ file }, [schedule()]).scheduler);

    const { Schedules } = await again.send(new ListSchedulesCommand({}));
    expect(Schedules?.map(({ Name, State }) => [Name, State])).toEqual([['poll', 'DISABLED']]);
  });
});

describe('the API', () => {
  const create = (Name: string, rest = {}) =>
    new CreateScheduleCommand({ Name, ScheduleExpression: 'at(2026-11-20T09:00:00)', ...OFF, ...rest });

  test('creates a schedule that runs, and deletes it after its last run when asked to', async () => {
    const clock = fakeClock('2026-11-20T08:00:00Z');
    const { scheduler, times } = startScheduler({ clock });
    const client = await clientOf(scheduler);

    const { ScheduleArn } = await client.send(create('later', { GroupName: 'polls', ActionAfterCompletion: 'DELETE' }));
    const got = await client.send(new GetScheduleCommand({ Name: 'later', GroupName: 'polls' }));
    await clock.advance(61 * MINUTE);

    expect(ScheduleArn).toBe('arn:aws:scheduler:eu-central-1:000000000000:schedule/polls/later');
    expect(got).toMatchObject({ State: 'ENABLED', ScheduleExpressionTimezone: 'UTC', Target: TARGET });
    expect(got.CreationDate).toEqual(new Date('2026-11-20T08:00:00Z'));
    expect(times()).toEqual(['2026-11-20T09:00:00.000Z']);
    await expect(client.send(new GetScheduleCommand({ Name: 'later', GroupName: 'polls' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Schedule later does not exist.',
    });
  });

  test('updates as a whole, and deletes', async () => {
    const clock = fakeClock('2026-11-20T08:00:00Z');
    const { scheduler, times } = startScheduler({ clock });
    const client = await clientOf(scheduler);
    await client.send(create('later', { Description: 'first' }));
    await client.send(create('never'));

    await client.send(
      new UpdateScheduleCommand({ Name: 'later', ScheduleExpression: 'at(2026-11-20T08:30:00)', ...OFF }),
    );
    await client.send(new DeleteScheduleCommand({ Name: 'never' }));
    await clock.advance(120 * MINUTE);

    expect((await client.send(new GetScheduleCommand({ Name: 'later' }))).Description).toBeUndefined();
    expect(times()).toEqual(['2026-11-20T08:30:00.000Z']);
  });

  test('lists by group, prefix and state, page by page', async () => {
    const client = await clientOf(startScheduler().scheduler);
    for (const name of ['a-1', 'a-2', 'a-3', 'b-1']) await client.send(create(name));
    await client.send(create('a-4', { GroupName: 'polls' }));

    const first = await client.send(
      new ListSchedulesCommand({ GroupName: 'default', NamePrefix: 'a-', MaxResults: 2 }),
    );
    const { NextToken } = first;
    const second = await client.send(new ListSchedulesCommand({ GroupName: 'default', NamePrefix: 'a-', NextToken }));

    const namesOf = ({ Schedules = [] }: typeof first) => Schedules.map(({ Name }) => Name);
    expect([namesOf(first), namesOf(second)]).toEqual([['a-1', 'a-2'], ['a-3']]);
    expect(namesOf(await client.send(new ListSchedulesCommand({ State: 'DISABLED' })))).toEqual([]);
  });

  test('takes the same call twice for one, and another of that name for a conflict', async () => {
    const client = await clientOf(startScheduler().scheduler);
    await client.send(create('later', { ClientToken: 'one' }));

    await client.send(create('later', { ClientToken: 'one' }));

    await expect(client.send(create('later'))).rejects.toMatchObject({ name: 'ConflictException' });
  });

  test.each([
    [
      { ScheduleExpression: 'at(2026-11-20T07:00:00)' },
      'ValidationException',
      'at(2026-11-20T07:00:00) is in the past.',
    ],
    [{ GroupName: 'nobody' }, 'ResourceNotFoundException', 'Schedule group nobody does not exist.'],
    [{ Target: { ...TARGET, Input: '{' } }, 'ValidationException', 'Target.Input must be well-formed JSON.'],
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, 'ValidationException', 'FlexibleTimeWindow is not valid.'],
    [
      { ScheduleExpression: 'rate(1 hour)', StartDate: new Date('2026-11-20T07:00:00Z') },
      'ValidationException',
      'The StartDate you specify cannot be earlier than 5 minutes ago.',
    ],
    [
      { Target: { ...TARGET, Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage' } },
      'NotEmulatedException',
      expect.stringContaining('scheduler: the target arn:aws:scheduler:::aws-sdk:sqs:sendMessage is not emulated'),
    ],
  ])('refuses %j', async (changes, name, message) => {
    const client = await clientOf(startScheduler().scheduler);

    await expect(client.send(create('wrong', changes))).rejects.toMatchObject({ name, message });
  });

  test('refuses by name what it leaves out', async () => {
    const client = await clientOf(startScheduler().scheduler);

    await expect(client.send(new CreateScheduleGroupCommand({ Name: 'more' }))).rejects.toMatchObject({
      name: 'NotEmulatedException',
      message: expect.stringContaining('scheduler: schedule groups by API'),
    });
  });
});
