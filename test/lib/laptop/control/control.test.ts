import { expect, onTestFinished, test } from 'vitest';
import { startControl } from '../../../../lib/laptop/control/start-control.ts';
import { createMovableClock } from '../../../../lib/laptop/movable-clock.ts';
import { startFaults } from '../faults/setup.ts';

async function start() {
  const clock = createMovableClock();
  const { faults } = startFaults({ clock });
  const control = await startControl({ port: 0, clock, faults });
  onTestFinished(control.close);
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const init = { method, headers, ...(text !== undefined && { body: text }) };
    const response = await fetch(`${control.url}${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  return { clock, faults, control, call };
}

test('moves the time and tells it', async () => {
  const { clock, call } = await start();

  const moved = await call('POST', '/time', { advanceMs: 1_209_600_000 });
  const told = await call('GET', '/time');

  expect(moved).toEqual({ status: 200, body: { now: expect.any(String), offsetMs: 1_209_600_000 } });
  expect(told.body).toMatchObject({ offsetMs: 1_209_600_000 });
  expect(Math.abs(Date.parse(told.body.now!) - clock.now())).toBeLessThan(5000);
});

test('sets these faults and no others, tells and clears them', async () => {
  const { faults, call } = await start();
  faults.set('fail:s3');

  const set = await call('PUT', '/faults', { faults: ['throttle:sqs', { kind: 'delay', service: 's3', delayMs: 5 }] });
  const told = await call('GET', '/faults');
  const cleared = await call('DELETE', '/faults');

  expect(set).toEqual({
    status: 200,
    body: {
      faults: [
        { id: 'fault-2', fault: { kind: 'throttle', service: 'sqs' }, hits: 0 },
        { id: 'fault-3', fault: { kind: 'delay', service: 's3', delayMs: 5 }, hits: 0 },
      ],
    },
  });
  expect(told).toEqual(set);
  expect(cleared).toEqual({ status: 200, body: { faults: [] } });
});

const noAdvance = /does not say by how much to move the time/;
const advance = /^send \{ "advanceMs": … \}, a whole number from 0 to 315360000000/;
const theFaults = /^the faults are throttle, fail/;

test.each([
  ['POST', '/time', { advanceMs: -1 }, 'wrong-input', noAdvance, advance],
  ['POST', '/time', { advanceMs: 1.5 }, 'wrong-input', noAdvance, advance],
  ['POST', '/time', { advanceMs: 1e15 }, 'wrong-input', noAdvance, advance],
  ['POST', '/time', { ms: 1 }, 'wrong-input', noAdvance, advance],
  ['POST', '/time', 'no', 'wrong-input', /the body is no JSON/, /send a JSON object/],
  ['POST', '/time', undefined, 'wrong-input', /the body is no JSON/, /send a JSON object/],
  ['PUT', '/faults', [], 'wrong-input', /the body is no list of faults/, /^send \{ "faults": \[ … \] \}/],
  ['PUT', '/faults', { faults: ['throtle:sqs'] }, 'wrong-fault', /there is no fault 'throtle'$/, theFaults],
  ['PUT', '/faults', { faults: [null] }, 'wrong-fault', /there is no fault 'undefined'$/, theFaults],
])('refuses %s %s with %j', async (method, path, given, code, message, next) => {
  const { clock, faults, call } = await start();
  faults.set('fail:s3');

  const { status, body } = await call(method, path, given);

  expect(status).toBe(400);
  expect(body).toEqual({
    error: { code, message: expect.stringMatching(message), next: expect.stringMatching(next) },
  });
  expect(clock.offsetMs()).toBe(0);
  expect(faults.list()).toHaveLength(1);
});

test('names what there is for a route that there is not', async () => {
  const { call } = await start();

  expect(await call('DELETE', '/time')).toEqual({
    status: 404,
    body: {
      error: {
        code: 'not-found',
        message: '[syncline] [control] there is no DELETE /time',
        next: 'there are GET /time, POST /time, GET /faults, PUT /faults, DELETE /faults',
      },
    },
  });
});

test('refuses a page in a browser', async () => {
  const { clock, call } = await start();

  const { status } = await call('POST', '/time', { advanceMs: 1 }, { origin: 'http://evil.example' });

  expect(status).toBe(403);
  expect(clock.offsetMs()).toBe(0);
});
