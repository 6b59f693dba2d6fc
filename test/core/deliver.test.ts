import { describe, expect, it } from 'vitest';
import type { Message } from '../../functions/core/claim.ts';
import type { Ledger } from '../../functions/core/ports.ts';
import { answered } from '../memory/others.ts';
import { messageOf, receivedAgain, redriven } from '../memory/queues.ts';
import { crm, DAY, envelope, flowOf, HOUR, hub, MINUTE, SECOND, startMs } from './given.ts';

const upsertFlow = () => flowOf(async () => crm.upsert({ text: 'hello' }));
const notifyFlow = (ifUnknown: 'stop' | 'repeat' | 'drop' = 'stop') =>
  flowOf(async () => crm.notify({ text: 'hello' }), { ifUnknown });
const fine = answered(200, { id: 'crm-1' });
const down = answered(503, 'down for maintenance');
const invalid = answered(422, { message: 'no such field' });
const gone = new Error('the service does not answer');

type Hub = ReturnType<typeof hub>;

/** Receives a copy until it is deleted or `times` is up; what SQS does with a message that comes back at once. */
async function drain(given: Hub, copy: Message, times: number): Promise<number> {
  for (let received = 1; received <= times; received++) {
    const kept = await given.deliver([receivedAgain(copy, received)]);
    if (kept.length === 0) return received;
  }
  return times;
}

/** A worker that dies: it never comes back to commit. */
async function crash(given: Hub, copy: Message): Promise<void> {
  const never = { ...given.ports.http, send: () => Promise.reject(new Error('killed')) };
  const ledger: Ledger = {
    ...given.ports.ledger,
    write: async (row, previous, failedTry) => {
      if (row.state === 'delivering') return await given.ports.ledger.write(row, previous, failedTry);
      throw new Error('killed');
    },
  };
  await given.deliver([copy], { ports: { http: never, ledger } });
  given.clock.advance(MINUTE);
}

describe('a batch', () => {
  it('delivers every message once and keeps none', async () => {
    const given = hub(upsertFlow());
    const batch = [given.accepted({ key: 'a' }), given.accepted({ key: 'b', acceptId: 'accept-2' })];

    const kept = await given.deliver(batch);

    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/upsert', '/upsert']);
    expect([...given.ledger.rows.values()].map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  });

  it('takes two writes for a delivery that goes straight', async () => {
    const given = hub(upsertFlow());

    await given.deliver([given.accepted()]);

    expect(given.ledger.writes).toEqual(['delivering', 'delivered']);
    expect(given.row()).toMatchObject({ attempts: 1, result: { id: 'crm-1' }, finishedAt: startMs });
    expect(given.row().expiresAtEpochSeconds).toBe((startMs + 35 * DAY) / 1_000);
  });

  it('delivers one of two copies and deletes both', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    const other = messageOf(copy.body, copy.sentAt + SECOND);

    const kept = await given.deliver([copy, other]);

    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/upsert']);
    expect(given.telemetry.counts.get('Duplicates')).toBe(1);
  });

  it("deletes the vendor's own duplicate", async () => {
    const given = hub(upsertFlow());
    await given.deliver([given.accepted()]);

    const kept = await given.deliver([given.accepted({ acceptId: 'accept-2' })]);

    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/upsert']);
  });

  it('keeps the messages after one that fails in a way nobody thought of', async () => {
    const given = hub(upsertFlow());
    const [poison, good] = [given.accepted({ key: 'a' }), given.accepted({ key: 'b', acceptId: 'accept-2' })];
    let calls = 0;
    const id = () => {
      if (calls++ === 0) throw new RangeError('a bug of ours');
      return given.ports.random.id();
    };

    const kept = await given.deliver([poison, good], { ports: { random: { ...given.ports.random, id } } });

    expect(kept).toEqual([poison.messageId]);
    expect(given.row()).toMatchObject({ key: 'b', state: 'delivered' });
    expect(given.telemetry.counts.get('Bug')).toBe(1);
  });

  it('drains what is not a message of ours', async () => {
    const given = hub(upsertFlow());
    const foreign = [messageOf('hello', startMs), messageOf(JSON.stringify(envelope({ flow: 'invoices' })), startMs)];

    const kept = await given.deliver(foreign);

    expect(kept).toEqual(foreign.map(({ messageId }) => messageId));
    expect(foreign.map(given.hiddenFor)).toEqual([0, 0]);
    expect(given.ledger.writes).toEqual([]);
    expect(given.telemetry.lines[1]!.fields.problem).toBe('the message is for flow invoices');
  });

  it('hands back what it has too little time for', async () => {
    const given = hub(upsertFlow());
    const late = given.accepted();

    const kept = await given.deliver([late], { remainingMs: 11_999 });

    expect(kept).toEqual([late.messageId]);
    expect(given.hiddenFor(late)).toBe(2);
    expect(given.ledger.writes).toEqual([]);
  });

  it('still reports a message whose visibility cannot be changed', async () => {
    const given = hub(upsertFlow(), { answers: [down] });
    const copy = given.accepted();
    const queues = { ...given.ports.queues, setVisibility: () => Promise.reject(gone) };

    const kept = await given.deliver([copy], { ports: { queues } });

    expect(kept).toEqual([copy.messageId]);
    expect(given.row().state).toBe('waiting');
  });
});

describe('a delivery that waits', () => {
  it('is delivered when its time has come, and not before', async () => {
    const given = hub(upsertFlow(), { answers: [down, fine], numbers: [0.9] });
    const copy = given.accepted();
    await given.deliver([copy]);
    const waiting = given.row();

    const early = await given.deliver([receivedAgain(copy)]);
    given.clock.advance(81 * SECOND);
    const due = await given.deliver([receivedAgain(copy, 3)]);

    expect(waiting).toMatchObject({
      state: 'waiting',
      notBefore: startMs + 81 * SECOND,
      attempts: 1,
      code: 'http-503',
    });
    expect(early).toEqual([copy.messageId]);
    expect(due).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'delivered', attempts: 2, tries: 1 });
    expect(given.row()).not.toHaveProperty('errorClass');
    expect(given.ledger.tries).toHaveLength(1);
  });

  it('is hidden no longer than 12 hours from its receive', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429, {}, { 'retry-after': '86400' })] });
    const copy = given.accepted();

    await given.deliver([copy]);

    expect(given.row().notBefore).toBe(startMs + DAY);
    expect(given.hiddenFor(copy)).toBe(43_200 - 30);
  });

  it.each([
    [20, 45],
    [21, 300],
    [50, 300],
    [51, 3_600],
    [81, 43_170],
  ])('at receive %i comes back after at least %i s', async (receives, seconds) => {
    const given = hub(upsertFlow(), { answers: [down] });
    const copy = receivedAgain(given.accepted(), receives);

    await given.deliver([copy]);

    expect(given.hiddenFor(copy)).toBe(seconds);
  });

  it.each([
    ['normal', 75],
    ['test', 1],
  ] as const)(
    'for a secret that cannot be reached comes back after a minute or so (%s), uncounted',
    async (timing, seconds) => {
      const given = hub(upsertFlow(), { timing });
      const secrets = { ...given.ports.secrets, connections: () => Promise.reject(gone) };
      const copy = given.accepted();

      await given.deliver([copy], { ports: { secrets } });

      expect(given.row()).toMatchObject({ state: 'waiting', code: 'unreachable', attempts: 0 });
      expect(given.hiddenFor(copy)).toBe(seconds);
    },
  );

  it('in the test profile comes back a hundred times sooner', async () => {
    const given = hub(upsertFlow(), { answers: [down], timing: 'test' });
    const copy = receivedAgain(given.accepted(), 51);

    await given.deliver([copy]);

    expect(given.hiddenFor(copy)).toBe(36);
  });

  it('is adopted by its redrive', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429, {}, { 'retry-after': '7200' })] });
    const copy = given.accepted();
    await given.deliver([copy]);
    given.clock.advance(HOUR);
    const again = redriven(copy, given.clock.now());

    await given.deliver([again]);

    expect(given.row()).toMatchObject({ state: 'waiting', messageId: again.messageId, cycle: 1 });
    expect(given.row().messageExpiresAt).toBe(startMs + HOUR + 14 * DAY);
    expect(given.hiddenFor(again)).toBe(3_600);
  });
});

describe('a delivery that stops', () => {
  const stop = async () => {
    const given = hub(upsertFlow(), { answers: [invalid, fine] });
    const copy = given.accepted();
    await given.deliver([copy]);
    return { given, copy };
  };

  it('drains with visibility 0 and calls nobody again', async () => {
    const { given, copy } = await stop();

    const received = await drain(given, copy, 100);

    expect(received).toBe(100);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.calls()).toEqual(['/upsert']);
    expect(given.row()).toMatchObject({ state: 'stopped', errorClass: 'validation', code: 'http-422' });
  });

  it('delivers after its redrive, in a new cycle', async () => {
    const { given, copy } = await stop();
    given.clock.advance(MINUTE);

    const kept = await given.deliver([redriven(copy, given.clock.now())]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({
      state: 'delivered',
      cycle: 2,
      cycleCause: 'redrive',
      attempts: 1,
      attemptsTotal: 2,
    });
  });

  it('changes nothing on the redrive of what was delivered', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    await given.deliver([copy]);
    const before = given.row();
    given.clock.advance(HOUR);

    const kept = await given.deliver([redriven(copy, given.clock.now())]);

    expect(kept).toEqual([]);
    expect(given.row()).toEqual(before);
  });

  it('is not started again by duplicates that were accepted before the stop', async () => {
    const given = hub(upsertFlow(), { answers: [invalid] });
    const [copy, retry] = [given.accepted(), given.accepted({ acceptId: 'accept-2' })];
    given.clock.advance(SECOND);
    await given.deliver([copy]);

    const kept = await given.deliver([retry]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'stopped', acceptId: 'accept-1', cycle: 1 });
  });

  it("is started again by the vendor's resend after the stop", async () => {
    const { given } = await stop();
    given.clock.advance(MINUTE);

    const kept = await given.deliver([given.accepted({ acceptId: 'accept-2' })]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'delivered', acceptId: 'accept-2', cycleCause: 'resend' });
  });

  it('on receive 99 stops whatever would wait, as what it was', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429)] });
    const copy = receivedAgain(given.accepted(), 99);

    const kept = await given.deliver([copy]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.row()).toMatchObject({
      state: 'stopped',
      errorClass: 'rate-limit',
      code: 'http-429',
      reason: 'receives',
    });
  });

  it('on receive 99 stops what is held for later, without a call or a try', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429, {}, { 'retry-after': '7200' })] });
    const copy = given.accepted();
    await given.deliver([copy]);

    await given.deliver([receivedAgain(copy, 99)]);

    expect(given.row()).toMatchObject({
      state: 'stopped',
      errorClass: 'rate-limit',
      code: 'http-429',
      reason: 'receives',
    });
    expect(given.calls()).toHaveLength(1);
    expect(given.ledger.tries).toHaveLength(1);
  });

  it('on receive 99 stops what it has too little time for', async () => {
    const given = hub(upsertFlow());
    const copy = receivedAgain(given.accepted(), 99);

    await given.deliver([copy], { remainingMs: 2_000 });

    expect(given.row()).toMatchObject({ state: 'stopped', code: 'no-time', reason: 'receives', attempts: 0 });
    expect(given.calls()).toEqual([]);
  });

  it('stops what was accepted longer ago than it remembers, and a redrive does not change that', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    given.clock.advance(30 * DAY + 1);
    await given.deliver([copy]);
    given.clock.advance(HOUR);
    const again = redriven(copy, given.clock.now());

    const kept = await given.deliver([again]);

    expect(kept).toEqual([again.messageId]);
    expect(given.hiddenFor(again)).toBe(0);
    expect(given.calls()).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'stopped', code: 'beyond-memory', messageId: again.messageId });
  });
});

describe('a lease', () => {
  it('lasts 15 s beyond the invocation, and holds every other copy until then', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    const second: { kept?: string[] } = {};
    const http = {
      send: async () => {
        second.kept = await given.deliver([receivedAgain(copy)]);
        return fine;
      },
    };

    const kept = await given.deliver([copy], { ports: { http } });

    expect(kept).toEqual([]);
    expect(second.kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(45);
    expect(given.ledger.writes).toEqual(['delivering', 'delivered']);
  });

  it('that ran out makes its delivery run last, and alone', async () => {
    const given = hub(flowOf(async (_, payload) => crm.upsert({ text: String((payload as { id: string }).id) })));
    const body = (id: string) => Buffer.from(JSON.stringify({ id })).toString('base64');
    const suspects = ['a', 'b'].map((key) => given.accepted({ key, acceptId: key, body: body(key) }));
    for (const suspect of suspects) await crash(given, suspect);
    const fresh = given.accepted({ key: 'c', acceptId: 'c', body: body('c') });

    const kept = await given.deliver([...suspects.map((copy) => receivedAgain(copy)), fresh]);

    const texts = given.sent.map(({ body: sentBody }) => JSON.parse(String(sentBody)).text);
    expect(texts).toEqual(['c', 'a']);
    expect(kept).toEqual([suspects[1]!.messageId]);
    expect(given.hiddenFor(suspects[1]!)).toBe(2);
  });

  it('that ran out three times in a row stops its delivery as a bug', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    for (const receives of [1, 2, 3]) await crash(given, receivedAgain(copy, receives));

    const kept = await given.deliver([receivedAgain(copy, 4)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.row()).toMatchObject({ state: 'stopped', errorClass: 'bug', code: 'crashes', crashes: 3 });
    expect(given.calls()).toEqual([]);
  });

  it('that was lost lets its worker touch nothing', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    const http = {
      send: async () => {
        const stored = given.row();
        await given.ports.ledger.write({ ...stored, token: 'another worker' }, stored.token);
        return fine;
      },
    };

    const kept = await given.deliver([copy], { ports: { http } });

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBeUndefined();
    expect(given.row()).toMatchObject({ state: 'delivering', token: 'another worker' });
  });

  it('that was lost to a worker which finished counts as success', async () => {
    const given = hub(upsertFlow());
    const http = {
      send: async () => {
        const stored = given.row();
        await given.ports.ledger.write({ ...stored, state: 'delivered', token: 'another worker' }, stored.token);
        return fine;
      },
    };

    const kept = await given.deliver([given.accepted()], { ports: { http } });

    expect(kept).toEqual([]);
  });
});

describe('a ledger that does not answer', () => {
  it('sends the message back for about a minute and leaves nothing written', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    const ledger: Ledger = {
      read: () => Promise.reject(gone),
      write: () => Promise.reject(gone),
      writeStep: () => Promise.reject(gone),
    };

    const first = await given.deliver([copy], { ports: { ledger } });
    const second = await given.deliver([receivedAgain(copy, 30)], { ports: { ledger } });

    expect([first, second]).toEqual([[copy.messageId], [copy.messageId]]);
    expect(given.hiddenFor(copy)).toBe(375);
    expect(given.calls()).toEqual([]);
    expect(given.ledger.writes).toEqual([]);
  });

  it('when the effect is there but not committed, repeats what may be repeated', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    await lostCommit(given, copy);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/upsert', '/upsert']);
    expect(given.row()).toMatchObject({ state: 'delivered', crashes: 1 });
  });

  it('when the effect is there but not committed, never repeats what may not be', async () => {
    const given = hub(notifyFlow());
    const copy = given.accepted();
    await lostCommit(given, copy);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.calls()).toEqual(['/notify']);
    expect(given.row()).toMatchObject({
      state: 'unknown',
      code: 'open-call',
      openStep: 'result',
      stoppedAt: given.clock.now(),
    });
  });

  it('counts its own write as success when only the answer was lost', async () => {
    const given = hub(upsertFlow());
    const ledger: Ledger = {
      ...given.ports.ledger,
      write: async (row, previous, failedTry) => {
        await given.ports.ledger.write(row, previous, failedTry);
        return await given.ports.ledger.write(row, previous, failedTry);
      },
    };

    const kept = await given.deliver([given.accepted()], { ports: { ledger } });

    expect(kept).toEqual([]);
    expect(given.row().state).toBe('delivered');
  });

  async function lostCommit(given: Hub, copy: Message) {
    const ledger: Ledger = {
      ...given.ports.ledger,
      write: async (row, ...rest) =>
        row.state === 'delivering' ? await given.ports.ledger.write(row, ...rest) : Promise.reject(gone),
    };
    await given.deliver([copy], { ports: { ledger } });
    given.clock.advance(MINUTE);
  }
});

describe('an unknown outcome', () => {
  it('is never restarted by a redrive, nor by a duplicate', async () => {
    const given = hub(notifyFlow(), { answers: [{ kind: 'unknown', reason: 'ECONNRESET' }] });
    const copy = given.accepted();
    await given.deliver([copy]);
    given.clock.advance(MINUTE);
    const again = redriven(copy, given.clock.now());

    const kept = await given.deliver([again, given.accepted({ acceptId: 'accept-2' })]);

    expect(kept).toEqual([again.messageId]);
    expect(given.hiddenFor(again)).toBe(0);
    expect(given.calls()).toEqual(['/notify']);
    expect(given.row()).toMatchObject({ state: 'unknown', openStep: 'result', messageId: again.messageId });
  });

  it('is not hidden by a failure before the open step is asked for again', async () => {
    const given = hub(notifyFlow());
    const large = { object: 'bodies/1' } as const;
    await given.ports.bodies.put('bodies/1', Buffer.from('{}'));
    const { body: _, ...rest } = envelope();
    const copy = messageOf(JSON.stringify({ ...rest, ...large }), startMs);
    await crash(given, copy);
    const bodies = { ...given.ports.bodies, get: () => Promise.reject(gone) };

    await given.deliver([receivedAgain(copy)], { ports: { bodies } });
    const waiting = given.row();
    given.clock.advance(2 * MINUTE);
    await given.deliver([receivedAgain(copy, 3)]);

    expect(waiting).toMatchObject({ state: 'waiting', code: 'unreachable', openStep: 'result' });
    expect(given.row()).toMatchObject({ state: 'unknown', code: 'open-call' });
    expect(given.calls()).toEqual([]);
  });

  it('is not hidden by a stop for another reason', async () => {
    const given = hub(notifyFlow());
    const copy = given.accepted();
    for (const receives of [1, 2, 3]) await crash(given, receivedAgain(copy, receives));
    given.ledger.rows.set('orders#shop#k1', { ...given.row(), openStep: 'result' });

    await given.deliver([receivedAgain(copy, 4)]);

    expect(given.row()).toMatchObject({
      state: 'unknown',
      errorClass: 'unknown',
      code: 'open-call',
      openStep: 'result',
    });
  });

  it('may be repeated where the flow says so', async () => {
    const given = hub(notifyFlow('repeat'), { answers: [down, fine] });
    const copy = given.accepted();
    await given.deliver([copy]);
    const waiting = given.row();
    given.clock.advance(2 * MINUTE);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(waiting).toMatchObject({ state: 'waiting', errorClass: 'transient', attempts: 1 });
    expect(waiting).not.toHaveProperty('openStep');
    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/notify', '/notify']);
  });

  it('is dropped where the flow says so', async () => {
    const given = hub(notifyFlow('drop'), { answers: [down] });

    const kept = await given.deliver([given.accepted()]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'discarded' });
    expect(given.row()).toMatchObject({ openStep: 'result' });
  });

  it('of a call that surely was not sent is none', async () => {
    const given = hub(notifyFlow(), { answers: [{ kind: 'not-sent', reason: 'ECONNREFUSED' }, fine] });
    const copy = given.accepted();
    await given.deliver([copy]);
    const waiting = given.row();
    given.clock.advance(2 * MINUTE);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(waiting).not.toHaveProperty('openStep');
    expect(kept).toEqual([]);
  });
});

describe('when', () => {
  const no = () => flowOf(async () => crm.upsert({ text: '' }), { when: () => false });

  it('false deletes and writes nothing', async () => {
    const given = hub(no());

    const kept = await given.deliver([given.accepted()]);

    expect(kept).toEqual([]);
    expect(given.ledger.writes).toEqual([]);
    expect(given.telemetry.counts.get('Skipped')).toBe(1);
  });

  const changed = async (answers: Parameters<typeof hub>[1] = {}, operation = upsertFlow()) => {
    let wanted = true;
    const given = hub({ ...operation, when: () => wanted }, answers);
    const copy = given.accepted();
    await given.deliver([copy]);
    wanted = false;
    return { given, copy };
  };

  it('changed to false ends an unfinished delivery as skipped', async () => {
    const { given, copy } = await changed({ answers: [down] });

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'skipped', reason: 'when', finishedAt: startMs });
  });

  it('changed to false leaves an unknown delivery to a human', async () => {
    const { given, copy } = await changed({ answers: [down] }, notifyFlow());

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.row().state).toBe('unknown');
  });

  it('changed to false does not hide a call that a dead worker left open', async () => {
    let wanted = true;
    const given = hub({ ...notifyFlow(), when: () => wanted });
    const copy = given.accepted();
    await crash(given, copy);
    wanted = false;

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.row()).toMatchObject({ state: 'unknown', openStep: 'result' });
  });

  it('changed to false waits out a live lease', async () => {
    let wanted = true;
    const given = hub({ ...upsertFlow(), when: () => wanted });
    const copy = given.accepted();
    const http = {
      send: async () => {
        wanted = false;
        await given.deliver([receivedAgain(copy)]);
        return fine;
      },
    };

    await given.deliver([copy], { ports: { http } });

    expect(given.hiddenFor(copy)).toBe(45);
    expect(given.row().state).toBe('delivered');
  });

  it('that throws is a bug of its delivery, not of the batch', async () => {
    const given = hub({
      ...upsertFlow(),
      when: ({ key }) => {
        if (key === 'bad') throw new TypeError('no such field');
        return true;
      },
    });
    const [bad, good] = [given.accepted({ key: 'bad' }), given.accepted({ key: 'good', acceptId: 'accept-2' })];

    const kept = await given.deliver([bad, good]);

    expect(kept).toEqual([bad.messageId]);
    const states = [...given.ledger.rows.values()].map(({ key, state, errorClass }) => ({ key, state, errorClass }));
    expect(states).toEqual([
      { key: 'bad', state: 'waiting', errorClass: 'bug' },
      { key: 'good', state: 'delivered', errorClass: undefined },
    ]);
  });
});

describe('a request that could not be read', () => {
  const unreadable = { type: 'unreadable', key: 'unreadable:1' } as const;
  const body = (text: string) => Buffer.from(text).toString('base64');

  it('stops as validation, without a word of its body', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted({ ...unreadable, body: body('secret words') });

    const kept = await given.deliver([copy]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.row()).toMatchObject({ state: 'stopped', errorClass: 'validation', code: 'unreadable' });
    expect(JSON.stringify([given.telemetry.lines, given.row()])).not.toContain('secret');
  });

  it('ends superseded once it can be read, its events published to this flow alone', async () => {
    const given = hub(upsertFlow());
    const two = JSON.stringify({
      events: [
        { id: 'e1', type: 'thing' },
        { id: 'e2', type: 'other' },
      ],
    });

    const kept = await given.deliver([given.accepted({ ...unreadable, body: body(two) })]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'superseded', reason: 'read again: 1 events' });
    const [sent, ...others] = given.queues.sent;
    expect(others).toEqual([]);
    expect(sent!.flow).toBe('orders');
    expect(JSON.parse(sent!.message.body)).toMatchObject({ flow: 'orders', key: 'e1', acceptedAt: startMs });
    expect(await given.deliver([sent!.message])).toEqual([]);
    expect(given.calls()).toEqual(['/upsert']);
  });

  it('waits while the queue does not take its events', async () => {
    const given = hub(upsertFlow());
    given.queues.failing.add('orders');

    await given.deliver([given.accepted({ ...unreadable, body: body('{"id":"k9"}') })]);

    expect(given.row()).toMatchObject({ state: 'waiting', errorClass: 'transient', code: 'unreachable', attempts: 0 });
  });
});
