import { Command, CommanderError } from 'commander';
import { addDeliveries } from './deliveries.ts';
import { addDev } from './dev.ts';
import { addDlq } from './dlq.ts';
import { addFlows } from './flows.ts';
import { reportError } from './output.ts';
import { addPark, addResume } from './parks.ts';
import { addResolve } from './resolve.ts';
import { addSandbox } from './sandbox.ts';
import { addSecrets } from './secrets.ts';
import { addSend } from './send.ts';
import { addShow } from './show.ts';
import { addSources } from './sources.ts';
import { addStart } from './start.ts';
import { addTargets } from './targets.ts';
import { addTry } from './try.ts';
import { addVerify } from './verify.ts';

/** Exit codes: 0 done, 1 failed, 2 wrong use, 3 no hub. */
export async function main(args: string[]): Promise<void> {
  const program = new Command('syncline')
    .description('An integration hub you own: signed webhooks in, records in other systems out, delivered once.')
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const add = [addStart, addDev, addSend, addTry, addFlows, addSources, addTargets, addDeliveries, addShow, addDlq];
  for (const addTo of [...add, addVerify, addResolve, addPark, addResume, addSecrets, addSandbox]) addTo(program);
  inherit(program);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    process.exitCode = reportError(error, args.includes('--json'));
  }
}

/** Commander copies neither of these to commands that were made on their own. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inherit(child);
  }
}
