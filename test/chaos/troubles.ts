/** What each trouble of the calendar does when it begins, and when it ends. */
import { createRandom } from '../fuzz/random.ts';
import type { Hub } from '../journeys/hub-process.ts';
import type { FlowName, Trouble } from './calendar.ts';
import type { FaultBoard } from './faults.ts';
import { killOneProcess } from './kill-process.ts';
import { switchPollers } from './pollers.ts';
import { pause, type World } from './world.ts';

/** Operators' own calls meet the faults, too, and so they try again. */
const LONGEST_MS = 120_000;
const RETRY_MS = 250;

export type End = () => Promise<void>;

export type Stage = { world: World; board: FaultBoard; seed: number };

const NOTHING: End = async () => {};
/** As a vendor's page would show it. */
const NEW_TOKENS = { http: undefined, hubspot: 'pat-renewed', slack: 'xoxb-renewed' };
/** Webhooks are signed, so that a receiver revokes the signing key. */
const NEW_SIGNING_SECRET = 'whsec_YW5vdGhlci1zaWduaW5nLWtleS1vZi0zMi1ieXRlcw==';

/** @returns What ends it; that may take a while, because operators meet the troubles, too. */
export async function begin(trouble: Trouble, stage: Stage): Promise<End> {
  const { world, board, seed } = stage;
  switch (trouble.kind) {
    case 'kill-hub':
      await board.noteHits();
      await world.killAndStart();
      await board.apply();
      return NOTHING;
    case 'kill-process':
      if (await killOneProcess(world.hub().pid, createRandom(seed, performance.now()))) board.count('kill-process');
      return NOTHING;
    case 'fault':
      return board.add(trouble.fault);
    case 'vendor':
      await world.hub().mode(trouble.target, trouble.mode);
      return () => world.hub().mode(trouble.target, 'ok');
    case 'token-revoked':
      await world.hub().mode(trouble.target, 'revoke');
      return () => renewToken(trouble.target, world);
    case 'pollers-off':
      return switchOff(trouble.flow, world);
    case 'jump':
      await world.advance(trouble.ms);
      return NOTHING;
    case 'redrive':
      // A failed one is begun again by the next.
      await world
        .hub()
        .redrive(trouble.flow)
        .catch(() => {});
      return NOTHING;
  }
}

/** What the runbook says to `auth-failed`: the sandbox takes every token again, and the hub gets a fresh one. */
async function renewToken(target: keyof typeof NEW_TOKENS, world: World): Promise<void> {
  const hub = world.hub();
  const token = NEW_TOKENS[target];
  const connection = { baseUrl: `${hub.sandbox}/${target}`, ...(token ? { token } : { secret: NEW_SIGNING_SECRET }) };
  await hub.mode(target, 'ok');
  await persist(async () => {
    const { code, stderr } = await hub.cli('secrets', 'set', `target/${target}`, '--value', JSON.stringify(connection));
    if (code !== 0) throw new Error(stderr);
  });
  // The others are left to the guard, whose probe finds out.
  if (target === 'hubspot') await persist(() => resume(hub.cli, target));
}

async function resume(cli: Hub['cli'], target: string): Promise<void> {
  const { code, stderr } = await cli('resume', target, '--reason', 'auth');
  if (code !== 0) throw new Error(stderr);
}

/** Lambda refuses a change while the one before is under way: until the batches have ended that run. */
function switchOff(flow: FlowName, world: World): End {
  const off = persist(() => switchPollers(world.hub(), flow, false));
  off.catch(() => {});
  return () => off.then(() => persist(() => switchPollers(world.hub(), flow, true)));
}

async function persist(call: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(RETRY_MS);
    }
  }
}
