import { describe, expect, it } from 'vitest';
import { type Lane, Pacing } from '../../functions/core/pacing.ts';
import { SECOND, startMs } from './given.ts';

const target: Lane = { id: 'chat', perSecond: 2 };
const channel = (name: string): Lane => ({ id: `chat post ${name}`, perSecond: 0.5 });

describe('the calls of a lane', () => {
  it('go evenly apart, the first at once', () => {
    const pacing = new Pacing();

    const turns = [0, 0, 0].map(() => {
      const turn = pacing.turnAt([target], startMs);
      pacing.take([target], turn);
      return turn - startMs;
    });

    expect(turns).toEqual([0, 500, 1_000]);
  });

  it('never make up for time in which there were none', () => {
    const pacing = new Pacing();
    pacing.take([target], startMs);
    pacing.take([target], startMs + 10 * SECOND);

    expect(pacing.turnAt([target], startMs + 10 * SECOND)).toBe(startMs + 10 * SECOND + 500);
  });

  it('wait for the slowest of their lanes, and for no other', () => {
    const pacing = new Pacing();
    pacing.take([target, channel('a')], startMs);

    expect(pacing.turnAt([target, channel('a')], startMs)).toBe(startMs + 2 * SECOND);
    expect(pacing.turnAt([target, channel('b')], startMs)).toBe(startMs + 500);
  });

  it('keep their distance however many keys there are', () => {
    const pacing = new Pacing();
    for (let number = 0; number < 5_000; number++) pacing.take([channel(String(number))], startMs + number * 10);

    expect(pacing.turnAt([channel('4999')], startMs + 49_990)).toBe(startMs + 49_990 + 2 * SECOND);
    expect(pacing.turnAt([channel('0')], startMs + 49_990)).toBe(startMs + 49_990);
  });
});
