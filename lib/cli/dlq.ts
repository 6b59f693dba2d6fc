import type { Command } from 'commander';
import { countDeadLetters, redrive, showDeadLetters } from '../ops/dead-letters.ts';
import { hubAt } from '../ops/hub-address.ts';
import { definitionsOf, type HubOptions, pick, withHub } from './common.ts';
import { note, say, sayJson, sayTable } from './output.ts';

const SHOW_LIMIT = 100;

export function addDlq(program: Command): void {
  const dlq = program.command('dlq').description('what stopped, and how to send it again');
  addList(dlq);
  addShow(dlq);
  addRedrive(dlq);
}

function addList(dlq: Command): void {
  withHub(dlq.command('list'))
    .description('how many messages each flow’s dead-letter queue holds')
    .action(async (options: HubOptions) => {
      const hub = hubAt(options);
      const { flows } = await definitionsOf(hub.stage);
      const counts = await countDeadLetters(
        hub,
        flows.map(({ name }) => name),
      );
      if (options.json) return counts.forEach(sayJson);
      sayTable(
        ['flow', 'messages'],
        counts.map(({ flow, messages }) => [flow, String(messages)]),
      );
    });
}

function addShow(dlq: Command): void {
  withHub(dlq.command('show'))
    .description('the messages of a flow’s dead-letter queue, with what the ledger knows of each')
    .argument('<flow>', 'see "syncline flows"')
    .option('--limit <number>', 'look at no more than this', Number, SHOW_LIMIT)
    .action(async (flow: string, options: HubOptions & { limit: number }) => {
      const hub = hubAt(options);
      const { flows } = await definitionsOf(hub.stage);
      pick(flows, ({ name }) => name, flow, 'flow');
      const letters = await showDeadLetters(hub, flow, options.limit);
      if (options.json) return letters.forEach(sayJson);
      sayTable(
        ['accepted', 'expires', 'state', 'class', 'why', 'delivery'],
        letters.map((letter) => [
          letter.acceptedAt,
          letter.expiresAt,
          letter.state,
          letter.errorClass ?? '',
          `${letter.code ?? ''} ${letter.message ?? ''}`.slice(0, 70),
          letter.deliveryId,
        ]),
      );
    });
}

function addRedrive(dlq: Command): void {
  withHub(dlq.command('redrive'))
    .description('send a flow’s dead letters back to its queue; what was delivered is not delivered again')
    .argument('<flow>', 'see "syncline flows"')
    .option('--rate <number>', 'messages a second, at most 500', Number)
    .option('--dry-run', 'only say how many there are')
    .action(async (flow: string, options: HubOptions & { rate?: number; dryRun?: boolean }) => {
      const hub = hubAt(options);
      const { flows } = await definitionsOf(hub.stage);
      pick(flows, ({ name }) => name, flow, 'flow');
      const [count] = await countDeadLetters(hub, [flow]);
      if (options.dryRun || count?.messages === 0) {
        if (options.json) sayJson({ flow, messages: count?.messages ?? 0, moved: 0 });
        else say(`${count?.messages ?? 0} messages in the dead-letter queue of ${flow}; nothing was moved`);
        return;
      }
      let shown = '';
      const done = await redrive(hub, flow, {
        ratePerSecond: options.rate,
        onProgress: ({ status, moved, toMove }) => {
          const line = `[syncline] ${status}: ${moved} moved of about ${toMove}`;
          if (line !== shown) note(line);
          shown = line;
        },
      });
      if (options.json) sayJson({ flow, messages: count?.messages ?? 0, moved: done.moved });
      else say(`${done.moved} messages of ${flow} sent again; see "syncline deliveries --flow ${flow}"`);
    });
}
