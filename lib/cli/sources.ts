import type { Command } from 'commander';
import { webhookPath } from '../../functions/core/names.ts';
import { findSheet, judgedInWords, type SourceSheet, shapeInWords } from '../ops/source-sheet.ts';
import { definitionsOf } from './common.ts';
import { say, sayJson, sayTable } from './output.ts';

export function addSources(program: Command): void {
  program
    .command('sources')
    .description('who may call us, and what can be sent as a sample; of one, its whole data sheet')
    .argument('[source]', 'name of a source, or of any kind on the shelf')
    .option('--json', 'a line of JSON for each source')
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      const { sources } = await definitionsOf();
      if (name !== undefined) {
        const sheet = findSheet(
          sources.map(({ source }) => source),
          name,
        );
        return options.json ? void sayJson(sheet) : saySheet(sheet);
      }
      const rows = sources.map(({ source: { name, definition } }) => ({
        source: name,
        kind: definition.kind,
        vendor: definition.sheet.vendor,
        path: webhookPath(name),
        samples: Object.keys(definition.types),
      }));
      if (options.json) return rows.forEach(sayJson);
      sayTable(
        ['source', 'kind', 'vendor', 'path', 'samples'],
        rows.map((row) => [row.source, row.kind, row.vendor, row.path, row.samples.join(', ')]),
      );
    });
}

const WIDTH = 12;

function saySheet(sheet: SourceSheet): void {
  const { vendor, kind, source, path } = sheet;
  say(`${vendor}: ${source === undefined ? `kind ${kind}, not configured here` : `source ${source}, kind ${kind}`}`);
  const line = (title: string, text: string) => {
    if (text !== '') say(`  ${title.padEnd(WIDTH)}${text}`);
  };
  const lines = (title: string, texts: readonly string[]) =>
    texts.forEach((text, at) => {
      line(at === 0 ? title : '', text);
    });
  line('path', path ?? '');
  line('methods', sheet.methods.join(', '));
  lines('needs', sheet.needs.map(needInWords));
  line('signs', sheet.signs);
  line('window', sheet.window);
  line('batch', sheet.batch);
  line('identity', sheet.identity);
  line('entity', sheet.entity);
  line('occurred at', sheet.occurredAt);
  line('answer', sheet.answer);
  line('redelivery', sheet.redelivery);
  lines('set-up', numbered(sheet.setUp));
  lines('rotation', numbered(sheet.rotation));
  lines(
    'oddities',
    sheet.oddities.map(({ date, what }) => `${date}: ${what}`),
  );
  lines(
    'events',
    sheet.types.map((type) => `${type.type} (${shapeInWords(type)})`),
  );
  lines(
    'judged by',
    judgedInWords(sheet).flatMap(([by, what]) => (what === '' ? [] : [`${by}: ${what}`])),
  );
}

const needInWords = ({ field, what, isSecret, isOptional = false }: SourceSheet['needs'][number]) =>
  `${field}${isOptional ? ' (optional)' : ''}${isSecret ? ' (secret)' : ''}: ${what}`;

const numbered = (steps: readonly string[]) => steps.map((step, at) => `${at + 1}. ${step}`);
