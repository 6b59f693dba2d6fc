/**
 * Copies that the spool publishes late, of messages that SQS had taken after all (docs/delivery.md, rules 2 and 8): the
 * same `acceptId`, minutes or days after the first copy.
 */
import { expect, it } from 'vitest';
import { messageOf, receivedAgain } from '../memory/queues.ts';
import { crm, down, fine, flowOf, HOUR, hub, invalid, MINUTE, SECOND } from './given.ts';

type Answers = Parameters<typeof hub>[1];

/** A charge, so that a second call would show. */
const given = (options: Answers = {}) => {
  const under = hub(
    flowOf(async () => crm.charge({ text: 'hello' })),
    options,
  );
  const first = under.accepted();
  /** Another copy of the same message, enqueued now. */
  const late = () => messageOf(first.body, under.clock.now());
  return { ...under, first, late };
};

it('is delivered when no other copy came', async () => {
  const { deliver, clock, late, calls, row } = given();
  clock.advance(HOUR);

  expect(await deliver([late()])).toEqual([]);
  expect(calls()).toEqual(['/charge']);
  expect(row().state).toBe('delivered');
});

it('is deleted when the first copy was delivered', async () => {
  const { deliver, clock, first, late, calls } = given();
  await deliver([first]);
  clock.advance(HOUR);

  expect(await deliver([late()])).toEqual([]);
  expect(calls()).toEqual(['/charge']);
});

it('takes the place of the first copy while the delivery waits, and one call follows', async () => {
  const { deliver, clock, first, late, calls, row } = given({ answers: [down, fine], numbers: [1] });
  await deliver([first]);
  clock.advance(MINUTE - SECOND);
  const copy = late();

  const keptLate = await deliver([copy]);
  const { messageId, state } = row();
  clock.advance(MINUTE);
  const keptFirst = await deliver([receivedAgain(first)]);
  const keptAgain = await deliver([receivedAgain(copy)]);

  expect([keptLate, keptFirst, keptAgain]).toEqual([[copy.messageId], [], []]);
  expect([messageId, state]).toEqual([copy.messageId, 'waiting']);
  expect(calls()).toEqual(['/charge', '/charge']);
  expect(row()).toMatchObject({ state: 'delivered', attempts: 2, cycle: 1 });
});

it('waits for the lease of a worker that has the first copy in hand, and is deleted after it', async () => {
  const { deliver, clock, first, late, calls, hiddenFor, ports } = given();
  clock.advance(MINUTE);
  const copy = late();
  let kept: string[] = [];
  const http: typeof ports.http = {
    async send(request) {
      kept = await deliver([copy]);
      return ports.http.send(request);
    },
  };

  await deliver([first], { ports: { http } });

  expect(kept).toEqual([copy.messageId]);
  expect(hiddenFor(copy)).toBeGreaterThan(0);
  expect(await deliver([receivedAgain(copy)])).toEqual([]);
  expect(calls()).toEqual(['/charge']);
});

it('starts a stopped delivery once more, as a redrive would: a refused call is safe to repeat', async () => {
  const { deliver, clock, first, late, calls, row } = given({ answers: [invalid, fine] });
  await deliver([first]);
  expect(row().state).toBe('stopped');
  clock.advance(HOUR);

  expect(await deliver([late()])).toEqual([]);
  expect(await deliver([receivedAgain(first)])).toEqual([]);
  expect(calls()).toEqual(['/charge', '/charge']);
  expect(row()).toMatchObject({ state: 'delivered', cycle: 2, cycleCause: 'redrive' });
});

it('never repeats a call whose outcome is not known', async () => {
  const under = hub(
    flowOf(async () => crm.notify({ text: 'hello' })),
    { answers: [down, fine] },
  );
  const first = under.accepted();
  await under.deliver([first]);
  expect(under.row().state).toBe('unknown');
  under.clock.advance(HOUR);
  const copy = messageOf(first.body, under.clock.now());

  expect(await under.deliver([copy])).toEqual([copy.messageId]);
  expect(under.calls()).toEqual(['/notify']);
  expect(under.row().state).toBe('unknown');
});
