import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FaultMistake } from '../laptop/faults/fault.ts';
import { parseFault } from '../laptop/faults/parse-fault.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { bootHub } from './boot.ts';
import { DEFAULT_FOLDER } from './common.ts';
import { logLine } from './log-line.ts';
import { note, say, sayJson } from './output.ts';

type Options = {
  port?: number;
  data: string;
  stage: string;
  json?: boolean;
  watch: boolean;
  verbose?: boolean;
  fault: string[];
};

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('run the hub on this machine, from the very template that is deployed')
    .option(
      '--port <number>',
      'port of the webhooks; AWS, the sandbox and control take the next three; 0 takes free ones',
      Number,
    )
    .option('--data <folder>', 'where the hub keeps everything', DEFAULT_FOLDER)
    .option('--stage <stage>', 'which stage of stages.ts to run', 'dev')
    .option('--json', 'one line of JSON when ready; everything else on standard error')
    .option(
      '--fault <fault>',
      'a fault from the start, such as throttle:dynamodb:for=30s; may be repeated',
      collect,
      [],
    )
    .option('--no-watch', 'do not run what is saved in functions/ while the hub runs')
    .option('-v, --verbose', 'show what the functions log; the whole lines are in the folder, in logs/')
    .action(async (options: Options) => {
      for (const fault of options.fault) checked(() => parseFault(fault));
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
      for (const fault of options.fault) checked(() => hub.hub.faults.set(fault));
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

const collect = (value: string, former: string[]) => [...former, value];

/** A fault that cannot be meant is wrong use, told with what there is. */
function checked(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof FaultMistake) throw new OperatorError('wrong-use', error.problem, error.next);
    throw error;
  }
}

const showLog = (stage: string) => (name: string, line: string) => {
  const shown = logLine(name.replace(`syncline-${stage}-`, ''), line);
  if (shown !== undefined) note(shown);
};
