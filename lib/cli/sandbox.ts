import type { Command } from 'commander';
import { hubAt } from '../ops/hub-address.ts';
import { setSandboxMode } from '../ops/sandbox.ts';
import { definitionsOf, type HubOptions, pick, withHub } from './common.ts';
import { say, sayJson } from './output.ts';

export function addSandbox(program: Command): void {
  withHub(program.command('sandbox'))
    .description('tell a sandbox vendor how to behave')
    .argument('<target>', 'see "syncline targets"')
    .argument('<mode>', 'ok, down, slow, rate-limit, lose-answers, refuse or revoke')
    .action(async (target: string, mode: string, options: HubOptions) => {
      const hub = hubAt(options);
      const { targets } = await definitionsOf(hub.stage);
      pick(targets, (exported) => exported.target.name, target, 'target');
      await setSandboxMode(hub, target, mode);
      if (options.json) sayJson({ target, mode });
      else say(`the sandbox ${target} is ${mode}`);
    });
}
