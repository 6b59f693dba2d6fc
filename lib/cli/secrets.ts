import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { hubAt } from '../ops/hub-address.ts';
import { generateToken, type Rotation, rotationOf } from '../ops/rotation.ts';
import { setSecret } from '../ops/secrets.ts';
import { DEFAULT_FOLDER, definitionsOf, type HubOptions, withHub } from './common.ts';
import { say, sayJson } from './output.ts';

type RotateOptions = HubOptions & { generate?: boolean; dryRun?: boolean };

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
  withHub(secrets.command('rotate'))
    .description('how a source’s secret is changed without losing an event, and what is valid now')
    .argument('<owner>', 'source/<name>')
    .option('--generate', 'make a new token for the URL of a source that has one, and show the URL once')
    .option('--dry-run', 'with --generate: only check that it can be done')
    .action(rotate);
}

async function rotate(owner: string, options: RotateOptions): Promise<void> {
  const hub = hubAt(options);
  const definitions = await definitionsOf(hub.stage);
  const dryRun = options.dryRun ?? false;
  const made = options.generate ? await generateToken(hub, definitions, owner, { dryRun }) : undefined;
  const shown = dryRun ? undefined : made;
  const rotation = await rotationOf(hub, definitions, owner, { hubOptions: hubOptionsOf(options) });
  if (options.json) return void sayJson({ ...rotation, ...shown });
  sayRotation(rotation);
  if (made && dryRun) say('\nA new token can be made; nothing was set.');
  if (shown) say(`\nThe new URL, shown this once:\n  ${shown.url}`);
  if (shown?.endpointCommand) say(`  where <ApiEndpoint> is what this shows: ${shown.endpointCommand}`);
}

/** What a command needs to speak to the same hub. */
function hubOptionsOf({ stage, data }: HubOptions): string {
  if (stage !== undefined) return ` --stage ${stage}`;
  return data === DEFAULT_FOLDER ? '' : ` --data ${data}`;
}

function sayRotation({ source, vendor, steps, value, generates, current, previous }: Rotation): void {
  say(`source/${source} (${vendor})`);
  for (const [at, step] of steps.entries()) say(`  ${at + 1}. ${step}`);
  if (!generates && value !== '{}') say(`  The value is JSON, whole: ${value}`);
  say('Valid now');
  say(current ? `  the current secret, set ${current.since}` : '  none: the source refuses everything');
  if (!previous) return;
  if (previous.isValid) {
    say(`  the one before, set ${previous.since}, until ${previous.validUntil}; setting another one ends it at once`);
  } else say(`No longer: the one before, set ${previous.since}, since ${previous.validUntil}`);
}
