import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { hubAt } from '../ops/hub-address.ts';
import { setSecret } from '../ops/secrets.ts';
import { definitionsOf, type HubOptions, withHub } from './common.ts';
import { say, sayJson } from './output.ts';

export function addSecrets(program: Command): void {
  const secrets = program.command('secrets').description('what sources and targets are connected with');
  withHub(secrets.command('set'))
    .description('set the secret of a source or target')
    .argument('<owner>', 'source/<name> or target/<name>')
    .requiredOption('--value <json>', 'the connection as JSON; "-" reads it from standard input')
    .option('--dry-run', 'only check the value')
    .action(async (owner: string, options: HubOptions & { value: string; dryRun?: boolean }) => {
      const hub = hubAt(options);
      const definitions = await definitionsOf(hub.stage);
      const value = options.value === '-' ? await text(process.stdin) : options.value;
      await setSecret(hub, definitions, owner, value, { dryRun: options.dryRun ?? false });
      if (options.json) sayJson({ owner, set: !options.dryRun });
      else say(options.dryRun ? `the value fits ${owner}; nothing was set` : `the secret of ${owner} is set`);
    });
}
