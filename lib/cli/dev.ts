import { resolve } from 'node:path';
import type { Command } from 'commander';
import { bootHub } from './boot.ts';
import { DEFAULT_FOLDER } from './common.ts';
import { logLine } from './log-line.ts';
import { note, say, sayJson } from './output.ts';

type Options = { port?: number; data: string; stage: string; json?: boolean; watch: boolean; verbose?: boolean };

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('run the hub on this machine, from the very template that is deployed')
    .option('--port <number>', 'port of the webhooks; AWS and the sandbox take the next two; 0 takes free ones', Number)
    .option('--data <folder>', 'where the hub keeps everything', DEFAULT_FOLDER)
    .option('--stage <stage>', 'which stage of stages.ts to run', 'dev')
    .option('--json', 'one line of JSON when ready; everything else on standard error')
    .option('--no-watch', 'do not run what is saved in functions/ while the hub runs')
    .option('-v, --verbose', 'show what the functions log; the whole lines are in the folder, in logs/')
    .action(async (options: Options) => {
      const folder = resolve(options.data);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      const hub = await bootHub({
        folder,
        stage: options.stage,
        port: options.port,
        watch: options.watch,
        ...(options.verbose && { onLog: showLog(options.stage) }),
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

const showLog = (stage: string) => (name: string, line: string) => {
  const shown = logLine(name.replace(`syncline-${stage}-`, ''), line);
  if (shown !== undefined) note(shown);
};
