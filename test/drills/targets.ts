import { FLOWS, type Hub } from '../journeys/hub-process.ts';

/** The sandbox's targets; each has one flow, `FLOWS[target]`. */
export const TARGETS = Object.keys(FLOWS) as (keyof typeof FLOWS)[];

/** How often a target of the sandbox was called, all together. */
export async function allCalls(hub: Hub): Promise<number> {
  const calls = await Promise.all(TARGETS.map((target) => hub.calls(target)));
  return calls.reduce((sum, each) => sum + each, 0);
}
