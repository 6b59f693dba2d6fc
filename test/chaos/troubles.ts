/** What each trouble of the calendar does when it begins, and when it ends. */
import type { Random } from '../fuzz/random.ts';
import type { Hub } from '../journeys/hub-process.ts';
import type { FlowName, TargetName, Trouble } from './calendar.ts';
import type { FaultBoard } from './faults.ts';
import { killOneProcess } from './kill-process.ts';
import { switchPollers } from './pollers.ts';
import { pause, type World } from './world.ts';

/** Operators' own calls meet the faults, too, and so they try again. */
const LONGEST_MS = 120_000;
const RETRY_MS = 250;

export type End = () => Promise<void>;

export type Stage = { world: World; board: FaultBoard; random: Random };

const NOTHING: End = async () => {};
/** As the vendors' pages would show them; a receiver of webhooks has a key to sign with. */
const RENEWED: Readonly<Record<TargetName, object>> = {
  http: { secret: 'whsec_YW5vdGhlci1zaWduaW5nLWtleS1vZi0zMi1ieXRlcw==' },
  hubspot: { token: 'pat-renewed' },
  slack: { token: 'xoxb-renewed' },
};

/** @returns What ends it; that may take a while, because operators meet the troubles, too. */
export async function begin(trouble: Trouble, stage: Stage): Promise<End> {
  const { world, board, random } = stage;
  switch (trouble.kind) {
    case 'kill-hub':
      await board.noteHits();
      await world.killAndStart();
      await board.apply();
      return NOTHING;
    case 'kill-process':
      if (await killOneProcess(world.hub().pid, random)) board.count('kill-process');
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
      await redrive(trouble.flow, world);
      return NOTHING;
  }
}

/** What the runbook says to `auth-failed`: the hub gets a fresh token, and the sandbox takes every one again. */
async function renewToken(target: TargetName, world: World): Promise<void> {
  await world.hub().mode(target, 'ok');
  await persist(async () => {
    const hub = world.hub();
    const connection = { ...RENEWED[target], baseUrl: `${hub.sandbox}/${target}` };
    await command(hub, 'secrets', 'set', `target/${target}`, '--value', JSON.stringify(connection));
    if (hub !== world.hub()) throw new Error('the sandbox has moved to another port meanwhile');
  });
  // The others are left to the guard, whose probe finds out.
  if (target === 'hubspot') await persist(() => command(world.hub(), 'resume', target, '--reason', 'auth'));
}

async function command({ cli }: Hub, ...args: string[]): Promise<void> {
  const { code, stderr } = await cli(...args);
  if (code !== 0) throw new Error(`syncline ${args.join(' ')}: ${stderr}`);
}

/** Whatever it meets: the operators redrive again at the end. */
const redrive = (flow: FlowName, world: World) =>
  world
    .hub()
    .redrive(flow)
    .catch(() => {});

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
