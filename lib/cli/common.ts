import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { stages } from '../../stages.ts';
import { type Definitions, loadDefinitions } from '../definitions.ts';
import { nearest } from '../mistake.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { type Stage, stageNamed } from '../stage.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const DEFAULT_FOLDER = '.syncline';

export type HubOptions = { stage?: string; data: string; json?: boolean };

/** Options of every command that speaks to a hub. */
export function withHub(command: Command): Command {
  return command
    .addOption(new Option('--data <folder>', 'folder of the hub on this machine').default(DEFAULT_FOLDER))
    .option('--stage <stage>', 'speak to that stage on AWS, under your own credentials')
    .option('--json', 'a line of JSON for each result; errors as JSON on standard error');
}

export function definitionsOf(stageName = 'dev'): Promise<Definitions> {
  const stage: Stage = stageNamed(stages, stageName);
  return loadDefinitions(ROOT, stage);
}

/** The member of that name. @throws OperatorError that says what there is. */
export function pick<Member>(
  members: readonly Member[],
  nameOf: (member: Member) => string,
  name: string,
  what: string,
): Member {
  const found = members.find((member) => nameOf(member) === name);
  if (found) return found;
  const known = members.map(nameOf);
  throw new OperatorError(
    'not-found',
    `there is no ${what} '${name}'${nearest(name, known)}`,
    `see "syncline ${what}s"`,
  );
}
