import { type Command, Option } from 'commander';
import { PARK_REASONS, type Park, type ParkReason } from '../../functions/core/parks.ts';
import { resumeEntity } from '../ops/entities.ts';
import { type HubAddress, hubAt } from '../ops/hub-address.ts';
import { MEANING, type ParkOutcome, park, type ResumeOutcome, resume } from '../ops/parks.ts';
import { definitionsOf, type HubOptions, pick, withHub } from './common.ts';
import { note, say, sayJson } from './output.ts';

type Options = HubOptions & { dryRun?: boolean };

const NAME = 'see "syncline flows" and "syncline targets"';

export function addPark(program: Command): void {
  withHub(program.command('park'))
    .description('hold back a flow’s messages, or those of every flow that writes to a target')
    .argument('<flow|target>', NAME)
    .option('--why <text>', 'in a few words, for whoever wonders', 'no reason given')
    .option('--dry-run', 'only say what would change')
    .action(async (name: string, options: Options & { why: string }) => {
      const hub = hubAt(options);
      const { why, dryRun = false } = options;
      const outcome = await park(hub, await definitionsOf(hub.stage), name, { why, dryRun });
      noteUndone(outcome);
      if (options.json) sayJson({ ...jsonOf(outcome), parked: !dryRun });
      else sayParked(outcome, name, dryRun);
    });
}

function sayParked({ subject, flows, remaining }: ParkOutcome, name: string, dryRun: boolean): void {
  const what = `${subject.kind} ${subject.name}`;
  if (dryRun) say(`${what} would be parked, and with it ${flows.join(', ')}; nothing was changed`);
  else say(`${what} is parked: messages of ${flows.join(', ')} wait up to 14 days until "syncline resume ${name}"`);
  sayRemaining(remaining.filter(({ reason }) => reason !== 'operator'));
}

export function addResume(program: Command): void {
  const reason = new Option('--reason <reason>', 'the reason to take away').choices(PARK_REASONS).default('operator');
  withHub(program.command('resume'))
    .description('end a park; what waited is delivered, slowly for two minutes')
    .argument('<flow|target>', NAME)
    .addOption(reason)
    .option('--entity <source/id>', 'one record of a flow, which has been parked because it went round in circles')
    .option('--dry-run', 'only say what would change')
    .action(async (name: string, options: Options & { reason: ParkReason; entity?: string }) => {
      const hub = hubAt(options);
      const { reason: wanted, entity, dryRun = false } = options;
      if (entity !== undefined) return sayEntity(hub, name, entity, options);
      const outcome = await resume(hub, await definitionsOf(hub.stage), name, { reason: wanted, dryRun });
      noteUndone(outcome);
      if (options.json) sayJson({ ...jsonOf(outcome), removed: outcome.removed && !dryRun });
      else sayResumed(outcome, wanted, dryRun);
    });
}

async function sayEntity(hub: HubAddress, flow: string, entity: string, { json, dryRun = false }: Options) {
  const { flows } = await definitionsOf(hub.stage);
  pick(flows, ({ name }) => name, flow, 'flow');
  const { parkedAt } = await resumeEntity(hub, flow, entity, { dryRun });
  if (json) sayJson({ flow, entity, parkedAt, resumed: !dryRun });
  else
    say(`${entity}, parked since ${parkedAt}, ${dryRun ? 'would go on; nothing was changed' : 'goes on'} in ${flow}`);
}

function sayResumed({ subject, removed, changed, remaining }: ResumeOutcome, reason: string, dryRun: boolean): void {
  const subjectIs = `${subject.kind} ${subject.name}`;
  const done = dryRun ? 'would be taken away; nothing was changed' : 'is taken away';
  say(removed ? `${subjectIs}: the reason ${reason} ${done}` : `${subjectIs} is not parked for ${reason}`);
  const resumed = changed.flatMap(({ flow, what }) => (what === 'resume' ? [flow] : []));
  if (resumed.length > 0) say(`${dryRun ? 'would go on' : 'goes on'}: ${resumed.join(', ')}`);
  sayRemaining(remaining);
}

/** Times as people write them; also what `flows` shows. */
export const parkJson = ({ subject, reason, since, until, by, why }: Park) => ({
  subject: `${subject.kind}/${subject.name}`,
  reason,
  since: new Date(since).toISOString(),
  until: until === undefined ? null : new Date(until).toISOString(),
  by,
  why,
});

/** `target/crm auth since …, by orders: 401`. */
export function parkLine(park: Park): string {
  const { subject, reason, since, until, by, why } = parkJson(park);
  return `${subject} ${reason} since ${since}${until ? ` until ${until}` : ''}, by ${by}: ${why}`;
}

const jsonOf = ({ subject, flows, changed, unsettled, missing, remaining }: ParkOutcome) => ({
  subject: `${subject.kind}/${subject.name}`,
  ...{ flows, changed, unsettled, missing },
  remaining: remaining.map(parkJson),
});

function sayRemaining(parks: readonly Park[]): void {
  for (const one of parks) say(`still parked: ${parkLine(one)}\n  ${MEANING[one.reason]}`);
}

/** What could not be done at once is done by the guard, or by the command given again. */
function noteUndone({ unsettled, missing }: ParkOutcome): void {
  if (unsettled.length > 0) {
    note(
      `[syncline] Lambda is changing the mapping of ${unsettled.join(', ')}: the guard, or this command again, ends it`,
    );
  }
  if (missing.length > 0) note(`[syncline] not deployed, so there is nothing to switch: ${missing.join(', ')}`);
}
