import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { hubAt } from '../ops/hub-address.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { sendSample } from '../ops/send.ts';
import { definitionsOf, type HubOptions, pick, withHub } from './common.ts';
import { say, sayJson } from './output.ts';

type SendOptions = HubOptions & { twice?: boolean; forged?: boolean; file?: string };

export function addSend(program: Command): void {
  withHub(program.command('send'))
    .description('send a realistic, correctly signed sample to a source')
    .argument('<source>', 'name of the source, see "syncline sources"')
    .argument('[type]', 'event type; the first of the source when left out')
    .option('--twice', 'send the very same request again, as a vendor that retries')
    .addOption(new Option('--forged', 'sign it with a secret that is not the source’s'))
    .option('--file <path>', 'send these bytes as the body')
    .action(async (name: string, type: string | undefined, options: SendOptions) => {
      const hub = hubAt(options);
      const definitions = await definitionsOf(hub.stage);
      const { source } = pick(definitions.sources, (exported) => exported.source.name, name, 'source');
      const results = await sendSample(hub, source, {
        type,
        ...(options.file !== undefined && { body: readFileSync(options.file, 'utf8') }),
        ...(options.forged && { forged: true }),
        times: options.twice ? 2 : 1,
      });
      for (const result of results) {
        if (options.json) sayJson(result);
        else say(`${name} ${result.type} ${result.eventId ?? result.key ?? ''} → HTTP ${result.status}`);
      }
      const wanted = options.forged ? 401 : 200;
      const other = results.find(({ status }) => status !== wanted);
      if (other)
        throw new OperatorError('failed', `the hub answered ${other.status}`, `its log is in ${options.data}/logs`);
    });
}
