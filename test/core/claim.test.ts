import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimedRow, type Decision, decide } from '../../functions/core/claim.ts';
import { type DeliveryRow, type DeliveryState, isFinal } from '../../functions/core/ledger.ts';
import { DAY, deliveryRow, envelope, HOUR, MINUTE, message, SECOND, startMs } from './given.ts';

const VISIBILITY = 3 * MINUTE;
const later = startMs + HOUR;
const redriven = { messageId: 'message-2', sentAt: startMs + 30 * MINUTE };
const sdkCopy = { messageId: 'message-2', sentAt: startMs + 34 * SECOND };
const stranger = { acceptId: 'accept-2' };
const stopped = { state: 'stopped', stoppedAt: startMs + 10 * MINUTE } as const;
const unknown = { state: 'unknown', stoppedAt: startMs + 10 * MINUTE } as const;

const claim = (cause: string, suspect = false) => ({ do: 'claim', cause, suspect });
const duplicate = { do: 'delete', why: 'duplicate' };

type Case = {
  title: string;
  row?: Partial<DeliveryRow>;
  message?: Parameters<typeof message>[0];
  envelope?: Parameters<typeof envelope>[0];
  now?: number;
  decides: unknown;
};

const cases: Case[] = [
  { title: 'claims what no row knows', decides: claim('first') },
  { title: 'claims what was accepted 30 days ago', now: startMs + 30 * DAY, decides: claim('first') },
  {
    title: 'refuses what was accepted longer ago than it remembers',
    now: startMs + 30 * DAY + 1,
    decides: { do: 'refuse', why: 'beyond-memory' },
  },
  {
    title: 'remembers a row that outlived its time',
    row: { state: 'delivered' },
    now: startMs + 40 * DAY,
    decides: { do: 'delete', why: 'final' },
  },
  ...(['delivered', 'skipped', 'superseded', 'discarded'] as const).flatMap((state): Case[] => [
    { title: `deletes the owner of a ${state} row`, row: { state }, decides: { do: 'delete', why: 'final' } },
    {
      title: `deletes a redrive of a ${state} row`,
      row: { state },
      message: redriven,
      decides: { do: 'delete', why: 'final' },
    },
    {
      title: `deletes a stranger to a ${state} row`,
      row: { state },
      envelope: stranger,
      decides: { do: 'delete', why: 'final' },
    },
  ]),

  // The owner's own message.
  {
    title: 'holds the message until the lease ends',
    row: { leaseUntil: later + 5 * SECOND },
    decides: { do: 'hold', until: later + 5 * SECOND, adopt: false },
  },
  { title: 'suspects a message whose lease ran out', row: { leaseUntil: later }, decides: claim('continue', true) },
  {
    title: 'holds a waiting message until its time',
    row: { state: 'waiting', notBefore: later + 31 * SECOND },
    decides: { do: 'hold', until: later + 31 * SECOND, adopt: false },
  },
  {
    title: 'runs a waiting message that comes 30 s early',
    row: { state: 'waiting', notBefore: later + 30 * SECOND },
    decides: claim('continue'),
  },
  { title: 'drains a stopped message', row: stopped, decides: { do: 'drain', adopt: false } },
  { title: 'drains an unknown message', row: unknown, decides: { do: 'drain', adopt: false } },

  // Another copy of the same publication.
  {
    title: 'deletes the copy of an SDK retry while waiting',
    row: { state: 'waiting', notBefore: later },
    message: sdkCopy,
    decides: duplicate,
  },
  {
    title: 'deletes the copy of an SDK retry under a lease',
    row: { leaseUntil: later + 1 },
    message: sdkCopy,
    decides: duplicate,
  },
  {
    title: 'deletes the copy of an SDK retry after a crash',
    row: { leaseUntil: later },
    message: sdkCopy,
    decides: duplicate,
  },
  {
    title: 'lets the copy of an SDK retry made before the stop drain: by a wrong clock it may be a redrive',
    row: stopped,
    message: sdkCopy,
    decides: { do: 'drain', adopt: false },
  },
  {
    title: 'lets the copy of an SDK retry made before the call became unknown drain',
    row: unknown,
    message: sdkCopy,
    decides: { do: 'drain', adopt: false },
  },
  {
    title: 'starts a stopped delivery again on its redrive',
    row: stopped,
    message: redriven,
    decides: claim('redrive'),
  },
  {
    title: 'takes a copy made after a quick stop for a redrive',
    row: { ...stopped, stoppedAt: startMs + SECOND },
    message: sdkCopy,
    decides: claim('redrive'),
  },
  {
    title: 'never restarts an unknown delivery on its redrive',
    row: unknown,
    message: redriven,
    decides: { do: 'drain', adopt: true },
  },
  {
    title: 'keeps the redrive of a delivery that became unknown at once',
    row: { ...unknown, stoppedAt: startMs + SECOND },
    message: sdkCopy,
    decides: { do: 'drain', adopt: true },
  },
  {
    title: 'never restarts on a redrive what may have been forgotten',
    row: { ...stopped, code: 'beyond-memory' },
    message: redriven,
    decides: { do: 'drain', adopt: true },
  },
  {
    title: 'holds the redrive of a message that was never stopped, and takes it over while it waits',
    row: { state: 'waiting', notBefore: later + HOUR },
    message: redriven,
    decides: { do: 'hold', until: later + HOUR, adopt: true },
  },
  {
    title: 'runs the redrive of a message that was never stopped at its time',
    row: { state: 'waiting', notBefore: later },
    message: redriven,
    decides: claim('continue'),
  },
  {
    title: 'holds the redrive of a leased message and writes nothing',
    row: { leaseUntil: later + SECOND },
    message: redriven,
    decides: { do: 'hold', until: later + SECOND, adopt: false },
  },
  {
    title: 'suspects the redrive of a message whose lease ran out',
    row: { leaseUntil: later },
    message: redriven,
    decides: claim('continue', true),
  },
  {
    title: 'drains a late copy from before the stop',
    row: { ...stopped, stoppedAt: startMs + 50 * MINUTE },
    message: redriven,
    decides: { do: 'drain', adopt: true },
  },

  // Another publication of the same event.
  {
    title: 'deletes a vendor retry under a lease',
    row: { leaseUntil: later + 1 },
    envelope: stranger,
    decides: duplicate,
  },
  {
    title: 'deletes a vendor retry while waiting',
    row: { state: 'waiting', notBefore: later },
    envelope: stranger,
    decides: duplicate,
  },
  { title: 'deletes a vendor retry accepted before the stop', row: stopped, envelope: stranger, decides: duplicate },
  {
    title: 'deletes a vendor retry of an unknown delivery, whenever it came',
    row: unknown,
    envelope: { ...stranger, acceptedAt: later },
    decides: duplicate,
  },
  {
    title: 'starts again on a resend accepted after the stop',
    row: stopped,
    envelope: { ...stranger, acceptedAt: startMs + 11 * MINUTE },
    decides: claim('resend'),
  },
  {
    title: 'deletes a vendor retry while the owner is due for V and an hour',
    row: { state: 'waiting', notBefore: later },
    envelope: stranger,
    now: later + VISIBILITY + HOUR,
    decides: duplicate,
  },
  {
    title: 'makes a newcomer the owner when the waiting one is overdue',
    row: { state: 'waiting', notBefore: later },
    envelope: stranger,
    now: later + VISIBILITY + HOUR + 1,
    decides: claim('continue'),
  },
  {
    title: 'makes a newcomer the owner when the leased one is overdue, and suspects it',
    row: { leaseUntil: later },
    envelope: stranger,
    now: later + VISIBILITY + HOUR + 1,
    decides: claim('continue', true),
  },
];

describe('decide', () => {
  it.each(cases)('$title', ({ row, message: copy, envelope: changes, now = later, decides }) => {
    const decision = decide(row && deliveryRow(row), message(copy), envelope(changes), now, VISIBILITY);

    expect(decision).toEqual(decides);
  });
});

describe('decide, whatever the row and the message', () => {
  const time = fc.integer({ min: startMs - DAY, max: startMs + 60 * DAY });
  const states: DeliveryState[] = [
    'delivering',
    'waiting',
    'stopped',
    'unknown',
    'delivered',
    'skipped',
    'superseded',
    'discarded',
  ];
  const situation = fc.record({
    state: fc.constantFrom(...states),
    ...{
      leaseUntil: time,
      notBefore: time,
      stoppedAt: time,
      now: time,
      sentAt: time,
      publishedAt: time,
      acceptedAt: time,
    },
    sameAccept: fc.boolean(),
    sameMessage: fc.boolean(),
  });
  type Situation = typeof situation extends fc.Arbitrary<infer Value> ? Value : never;
  const decided = (s: Situation): Decision =>
    decide(
      deliveryRow({ state: s.state, leaseUntil: s.leaseUntil, notBefore: s.notBefore, stoppedAt: s.stoppedAt }),
      message({ messageId: s.sameMessage ? 'message-1' : 'message-2', sentAt: s.sentAt }),
      envelope({
        acceptId: s.sameAccept ? 'accept-1' : 'accept-2',
        publishedAt: s.publishedAt,
        acceptedAt: s.acceptedAt,
      }),
      s.now,
      VISIBILITY,
    );
  const always = (holds: (s: Situation, decision: Decision) => boolean) =>
    fc.assert(
      fc.property(situation, (s) => holds(s, decided(s))),
      { numRuns: 2_000, seed: 20_261_120 },
    );

  it('deletes the message that the row names only when the row is final', () => {
    always((s, decision) => decision.do !== 'delete' || isFinal(s.state) || !(s.sameAccept && s.sameMessage));
  });
  it('deletes nothing of the owner that was published long before it was sent', () => {
    always((s, d) => d.do !== 'delete' || isFinal(s.state) || !s.sameAccept || s.sentAt <= s.publishedAt + 34 * SECOND);
  });
  it('claims nothing under a live lease', () => {
    always((s, decision) => decision.do !== 'claim' || s.state !== 'delivering' || s.leaseUntil <= s.now);
  });
  it('claims nothing that is unknown or final', () => {
    always((s, decision) => decision.do !== 'claim' || (s.state !== 'unknown' && !isFinal(s.state)));
  });
  it('begins a new cycle of nothing but a stopped delivery', () => {
    always((s, d) => d.do !== 'claim' || d.cause === 'continue' || s.state === 'stopped');
  });
});

describe('claimedRow', () => {
  const lease = { token: 'token-2', now: later, until: later + MINUTE, runHash: 'hash-1' };
  const continued = { do: 'claim', cause: 'continue', suspect: false } as const;
  const redrive = { do: 'claim', cause: 'redrive', suspect: false } as const;

  it('begins the first cycle of a new delivery under a lease', () => {
    const row = claimedRow(undefined, { do: 'claim', cause: 'first', suspect: false }, message(), envelope(), lease);

    expect(row).toEqual(
      deliveryRow({
        ...{ token: 'token-2', claimedAt: later, leaseUntil: later + MINUTE },
        ...{ firstClaimedAt: later, cycleStartedAt: later },
      }),
    );
  });

  it('names the copy and the publication that it is claimed for', () => {
    const waiting = deliveryRow({ state: 'waiting', notBefore: later, attempts: 3, crashes: 1 });

    const row = claimedRow(waiting, continued, message(redriven), envelope(stranger), lease);

    expect(row).toMatchObject({ acceptId: 'accept-2', messageId: 'message-2', attempts: 3, crashes: 1, cycle: 1 });
    expect(row.messageExpiresAt).toBe(redriven.sentAt + 14 * DAY);
    expect(row).not.toHaveProperty('notBefore');
  });

  it("counts a crash and holds the dead worker's calls for possible, of whichever step", () => {
    const crashed = deliveryRow({ leaseUntil: startMs, claimedAt: startMs - MINUTE });
    const ambiguous = { ...crashed, ambiguousSince: startMs - HOUR, ambiguousStep: 'charge' };

    const first = claimedRow(crashed, { ...continued, suspect: true }, message(), envelope(), lease);
    const second = claimedRow(ambiguous, { ...continued, suspect: true }, message(), envelope(), lease);

    expect(first).toMatchObject({ crashes: 1, ambiguousSince: startMs - MINUTE });
    expect(second).toMatchObject({ crashes: 1, ambiguousSince: startMs - HOUR });
    expect(second).not.toHaveProperty('ambiguousStep');
  });

  it('starts counting again in a new cycle, with new keys when the last call was surely refused', () => {
    const refused = deliveryRow({
      ...stopped,
      attempts: 12,
      attemptsTotal: 12,
      crashes: 2,
      reason: 'receives',
      sameClassFailures: 3,
    });
    const ambiguous = { ...refused, ambiguousSince: startMs, ambiguousStep: 'charge' };

    const fresh = claimedRow(refused, redrive, message(redriven), envelope(), lease);
    const same = claimedRow(ambiguous, redrive, message(redriven), envelope(), lease);

    expect(fresh).toMatchObject({
      cycle: 2,
      cycleCause: 'redrive',
      attempts: 0,
      attemptsTotal: 12,
      crashes: 0,
      round: 1,
    });
    for (const field of ['stoppedAt', 'reason', 'sameClassFailures']) expect(fresh).not.toHaveProperty(field);
    expect(same).toMatchObject({ round: 0, ambiguousSince: startMs, ambiguousStep: 'charge' });
  });
});
