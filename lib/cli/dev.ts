import { resolve } from 'node:path';
import type { Command } from 'commander';
import { bootHub } from './boot.ts';
import { DEFAULT_FOLDER } from './common.ts';
import { note, say, sayJson } from './output.ts';

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('run the hub on this machine, from the very template that is deployed')
    .option('--port <number>', 'port of the webhooks; AWS and the sandbox take the next two; 0 takes free ones', Number)
    .option('--data <folder>', 'where the hub keeps everything', DEFAULT_FOLDER)
    .option('--stage <stage>', 'which stage of stages.ts to run', 'dev')
    .option('--json', 'one line of JSON when ready; everything else on standard error')
    .option('-v, --verbose', 'show what the functions log')
    .action(async (options: { port?: number; data: string; stage: string; json?: boolean; verbose?: boolean }) => {
      const folder = resolve(options.data);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      const hub = await bootHub({
        folder,
        stage: options.stage,
        port: options.port,
        ...(options.verbose && { onLog: (name, line) => note(`${name} | ${line}`) }),
      });
      if (options.json) sayJson(hub.ready);
      else {
        say(`webhooks  ${hub.ready.webhooks}`);
        say(`aws       ${hub.ready.aws}`);
        say(`sandbox   ${hub.ready.sandbox}`);
      }
      await new Promise((done) =>
        stop.signal.aborted ? done(undefined) : stop.signal.addEventListener('abort', done),
      );
      note('[syncline] stopping: running deliveries end first');
      await hub.close();
    });
}
