import { execFileSync } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import { createFunctionClocks, preloadArguments } from '../../../../lib/laptop/lambda/function-clocks.ts';
import { createMovableClock, withRealTimers } from '../../../../lib/laptop/movable-clock.ts';
import { defineFunction, startLambda } from './setup.ts';

const hour = 3_600_000;
const fortnight = 14 * 24 * hour;

/** Answers with all the ways to ask for the time, and its process. */
const tells = `export const handler = async (event, context) => ({
  now: Date.now(), date: new Date().getTime(), text: Date.parse(Date()), pid: process.pid,
  remaining: context.getRemainingTimeInMillis(), given: new Date('2026-11-20T00:00:00Z').toISOString(),
  isDate: new Date() instanceof Date && new Date().constructor === Date, atStart });
const atStart = Date.now();`;

/** Says that it runs, and then waits in real time until it sees the time of the event, or for its real time to end. */
const watches = `import { setTimeout } from 'node:timers/promises';
export const handler = async ({ until }, context) => {
  console.log('runs');
  while (Date.now() < until) await setTimeout(5);
  return { now: Date.now(), remaining: context.getRemainingTimeInMillis() }; }`;

async function startOnMovableClock(source: string) {
  const clock = createMovableClock();
  const functionClocks = createFunctionClocks(clock);
  const options = { clock: withRealTimers(clock), functionClocks };
  const lambda = await startLambda([defineFunction(source), defineFunction(source, { name: 'other' })], options);
  return { clock, functionClocks, ...lambda };
}

const near = (expected: number, toleranceMs = 2000) => ({
  asymmetricMatch: (actual: number) => Math.abs(actual - expected) < toleranceMs,
});

describe('the clock of a function', () => {
  test('begins as the runner has it', async () => {
    const { clock, invoke } = await startOnMovableClock(tells);
    clock.advance(fortnight);

    const { payload } = await invoke({});

    const now = near(clock.now());
    expect(payload).toMatchObject({ now, date: now, text: now, atStart: now, remaining: near(20_000) });
    expect(payload).toMatchObject({ given: '2026-11-20T00:00:00.000Z', isDate: true });
  });

  test('has moved by the next invocation, in the same process and with its whole time', async () => {
    const { clock, invoke } = await startOnMovableClock(tells);
    const first = await invoke({});

    const later = [];
    for (let moves = 0; moves < 20; moves += 1) {
      clock.advance(fortnight);
      later.push((await invoke({})).payload);
    }

    expect(later.map(({ now }) => Math.round((now - first.payload.now) / fortnight))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(new Set(later.map(({ pid }) => pid))).toEqual(new Set([first.payload.pid]));
    expect(later.at(-1)).toMatchObject({ remaining: near(20_000), atStart: first.payload.atStart });
  });

  test('moves in the middle of an invocation, which keeps its time and does not time out', async () => {
    const { clock, invoke, lines } = await startOnMovableClock(watches);
    const running = invoke({ until: clock.now() + fortnight });
    await vi.waitFor(() => expect(lines).toContain('runs'));

    clock.advance(fortnight);
    const result = await running;

    expect(result).toMatchObject({ kind: 'ok', payload: { now: near(clock.now()), remaining: near(20_000) } });
  });

  test('may be wrong by a skew of its own, ahead or behind, in which its deadline is told too', async () => {
    const { clock, functionClocks, invoke } = await startOnMovableClock(tells);
    const told = [];

    for (const skewMs of [5 * hour, -5 * hour, 0]) {
      functionClocks.setSkew('shop', skewMs);
      const { payload } = await invoke({});
      told.push({ aheadMs: payload.now - clock.now(), remaining: payload.remaining });
    }

    const remaining = near(20_000);
    expect(told).toEqual([5 * hour, -5 * hour, 0].map((skewMs) => ({ aheadMs: near(skewMs), remaining })));
    functionClocks.setSkew('shop', 5 * hour);
    expect((await invoke({}, 'other')).payload.now).toEqual(near(clock.now()));
  });

  test('leaves its environment and its bundle alone', async () => {
    const { invoke } = await startOnMovableClock(
      'export const handler = async () => ({ names: Object.keys(process.env), globals: Object.keys(globalThis) })',
    );
    const plain = await startLambda([
      defineFunction(
        'export const handler = async () => ({ names: Object.keys(process.env), globals: Object.keys(globalThis) })',
      ),
    ]);

    expect((await invoke({})).payload).toEqual((await plain.invoke({})).payload);
  });
});

test('an invocation that takes too long is still killed by real time', async () => {
  const clock = createMovableClock();
  const source = 'export const handler = () => new Promise((resolve) => setTimeout(resolve, 60_000))';
  const { invoke } = await startLambda([defineFunction(source, { timeoutSeconds: 0.3 })], {
    clock: withRealTimers(clock),
    functionClocks: createFunctionClocks(clock),
  });

  expect(await invoke({})).toMatchObject({ kind: 'error', errorType: 'Sandbox.Timedout' });
});

test('of two readings the newer counts, in whichever order they arrive and wherever they are cut', () => {
  const script = `const clock = globalThis[Symbol.for('syncline.clock')];
    const hours = () => Math.round((Date.now() - clock.realNow()) / ${hour});
    const seen = [hours()];
    for (const chunk of ['8:720', '0000\\n7:3600000\\n', '9:10800000\\n']) { clock.receive(chunk); seen.push(hours()); }
    const older = clock.set('6:3600000');
    console.log(JSON.stringify([...seen, hours(), older / ${hour}]));`;
  const reading = { version: 3, offsetMs: 5 * hour, skewMs: 0 };

  const output = execFileSync(process.execPath, [...preloadArguments(reading), '-e', script], { encoding: 'utf8' });

  expect(JSON.parse(output)).toEqual([5, 5, 2, 3, 3, 1]);
});
