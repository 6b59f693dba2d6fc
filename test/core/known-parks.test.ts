import { describe, expect, it } from 'vitest';
import { KnownParks } from '../../functions/core/known-parks.ts';
import type { Park } from '../../functions/core/parks.ts';
import type { Parks } from '../../functions/core/ports.ts';
import { memoryClock, memoryTelemetry } from '../memory/others.ts';
import { memoryParks } from '../memory/parks.ts';
import { MINUTE, SECOND, START, startMs } from './given.ts';

const park: Park = {
  subject: { kind: 'target', name: 'crm' },
  reason: 'auth',
  since: startMs,
  by: 'orders',
  why: 'http-401',
};
const gone = () => Promise.reject(new Error('the service does not answer'));

function given() {
  const clock = memoryClock(START);
  const telemetry = memoryTelemetry();
  const memory = memoryParks();
  let reads = 0;
  let broken = false;
  const parks: Parks = {
    ...memory.parks,
    read: (subjects) => {
      reads++;
      return broken ? gone() : memory.parks.read(subjects);
    },
    add: (added) => (broken ? gone() : memory.parks.add(added)),
  };
  const subjects = [
    { kind: 'flow', name: 'orders' },
    { kind: 'target', name: 'crm' },
  ] as const;
  const known = new KnownParks(subjects, 1, { parks, clock, telemetry: telemetry.telemetry });
  return {
    ...{ clock, known, memory, telemetry },
    reads: () => reads,
    breakDown: (isBroken = true) => {
      broken = isBroken;
    },
  };
}

describe('the copy of parks', () => {
  it('is read when it is asked for, and again after 30 seconds', async () => {
    const { known, clock, memory, reads } = given();
    const before = await known.current();
    await memory.parks.add(park);
    clock.advance(30 * SECOND - 1);
    const young = await known.current();
    clock.advance(1);

    const old = await known.current();

    expect([before, young]).toEqual([undefined, undefined]);
    expect(old).toEqual(park);
    expect(reads()).toBe(2);
  });

  it.each<[string, Park['subject'], boolean]>([
    ['its flow', { kind: 'flow', name: 'orders' }, true],
    ['its target', { kind: 'target', name: 'crm' }, true],
    ['another flow', { kind: 'flow', name: 'crm' }, false],
    ['another target', { kind: 'target', name: 'chat' }, false],
  ])('knows the parks of %s: %s', async (_, subject, isKnown) => {
    const { known, memory } = given();
    await memory.parks.add({ ...park, subject });

    expect((await known.current()) !== undefined).toBe(isKnown);
  });

  it('leaves out what is over', async () => {
    const { known, clock, memory, reads } = given();
    await memory.parks.add({ ...park, until: startMs + 5 * SECOND });
    const before = await known.current();
    clock.advance(5 * SECOND);

    expect(before?.reason).toBe('auth');
    expect(await known.current()).toBeUndefined();
    expect(reads()).toBe(1);
  });

  it('stands while parks cannot be read, and is asked for again 30 seconds later', async () => {
    const { known, clock, memory, reads, breakDown } = given();
    await memory.parks.add(park);
    await known.current();
    breakDown();
    clock.advance(MINUTE);

    const kept = [await known.current(), await known.current()];

    expect(kept).toEqual([park, park]);
    expect(reads()).toBe(2);
  });

  it('is nothing to go by when it is older than five minutes', async () => {
    const { known, clock, breakDown } = given();
    await known.current();
    breakDown();
    clock.advance(5 * MINUTE);
    const young = await known.current();
    clock.advance(MINUTE);

    expect(young).toBeUndefined();
    await expect(known.current()).rejects.toThrow('parks cannot be reached');
  });

  it('is nothing to go by when there never was one', async () => {
    const { known, breakDown } = given();
    breakDown();

    await expect(known.current()).rejects.toThrow('parks cannot be reached: Error the service does not answer');

    breakDown(false);
    expect(await known.current()).toBeUndefined();
  });
});

describe('a reason that is added', () => {
  it('is known at once, and written once', async () => {
    const { known, memory, reads } = given();
    await known.current();
    await known.add(park);
    await known.add({ ...park, since: startMs + SECOND, why: 'http-403' });

    expect(await known.current()).toEqual(park);
    expect([...memory.held.values()]).toEqual([park]);
    expect(reads()).toBe(1);
  });

  it('is written again when it is over', async () => {
    const { known, clock, memory } = given();
    await known.add({ ...park, until: startMs + MINUTE });
    clock.advance(MINUTE);

    await known.add({ ...park, until: startMs + 2 * MINUTE });

    expect(memory.held.get('target#crm#auth')?.until).toBe(startMs + 2 * MINUTE);
  });

  it('holds for this process alone, until the next look, when it cannot be written', async () => {
    const { known, clock, memory, telemetry, breakDown } = given();
    await known.current();
    breakDown();

    await known.add(park);

    const held = await known.current();
    clock.advance(30 * SECOND);
    expect(held?.reason).toBe('auth');
    expect(await known.current()).toBeUndefined();
    expect(memory.held.size).toBe(0);
    expect(telemetry.lines.map(({ level, message }) => `${level} ${message}`)).toContain('error park not written');
  });
});
