import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Word } from '../../functions/core/resolve.ts';
import { hubAt } from '../ops/hub-address.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { type Resolution, resolveDelivery } from '../ops/resolve.ts';
import { type HubOptions, withHub } from './common.ts';
import { say, sayJson } from './output.ts';

type Options = HubOptions & {
  happened?: boolean;
  repeat?: boolean;
  step?: string;
  result?: string;
  by: string;
  dryRun?: boolean;
};

export function addResolve(program: Command): void {
  withHub(program.command('resolve'))
    .description('say what became of a call whose outcome is not known; look in the target itself first')
    .argument('<deliveryId>', '<flow>/<source>/<key>, as "syncline deliveries --state unknown" shows it')
    .option('--happened', 'it took effect: it is not done again')
    .option('--repeat', 'it did not, or may happen twice: the delivery runs again')
    .option('--step <name>', 'with --happened: which step, where the ledger does not know')
    .option('--result <json>', 'with --happened: what the target made, as later steps will see it')
    .option('--by <name>', 'who says so', userInfo().username)
    .option('--dry-run', 'only say what would become of it')
    .action(async (id: string, options: Options) => {
      const word = wordOf(options);
      const { by, dryRun = false } = options;
      const resolution = await resolveDelivery(hubAt(options), id, word, { by, dryRun });
      if (options.json) sayJson({ ...resolution, dryRun });
      else say(dryRun ? `${id} would be ${resolution.state}; nothing was changed` : inWords(resolution));
    });
}

function wordOf({ happened, repeat, step, result }: Options): Word {
  if (happened === repeat) {
    throw new OperatorError('wrong-use', 'say either --happened or --repeat', 'look in the target first');
  }
  if (!repeat) return { how: 'happened', step, result: result === undefined ? undefined : objectOf(result) };
  if (step === undefined && result === undefined) return { how: 'repeat' };
  throw new OperatorError('wrong-use', '--step and --result go with --happened', 'leave them out');
}

function objectOf(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw new OperatorError('wrong-use', '--result is not a JSON object', `write it like '{"id":"42"}'`);
}

function inWords({ deliveryId, state, messages }: Resolution): string {
  if (state === 'delivered') return `${deliveryId} is delivered`;
  if (messages > 0) return `${deliveryId} is on its way again; see "syncline show ${deliveryId}"`;
  const [flow] = deliveryId.split('/');
  return `${deliveryId} goes on once its message is redriven: it is not in the dead-letter queue yet; then "syncline dlq redrive ${flow}"`;
}
