/** A project whose one flow takes every event of a source of each kind on the shelf. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Source } from '../../functions/core/source.ts';

const repository = join(import.meta.dirname, '../..');
export const FLOW = 'every-event';

/** A source to deploy; `options` as its connector takes them, in JSON. */
export type Deployed = { readonly source: Source; readonly options?: object };

export function writeShelfProject(root: string, sources: readonly Deployed[]): void {
  const from = sources.map((_, at) => `source${at}`).join(', ');
  const files = {
    ...Object.fromEntries(
      ['ingest', 'deliver', 'guard'].map((name) => [`functions/${name}.ts`, reExported(`functions/${name}.ts`)]),
    ),
    'functions/flows/systems.ts': [...sources.flatMap(systemOf), ...HTTP_TARGET].join('\n'),
    [`functions/flows/${FLOW}.ts`]: `
      import { flow, skip } from '${repository}/functions/core/flow.ts';
      import { ${from}, http } from './systems.ts';
      export default flow({
        purpose: 'Every event is seen.', owner: 'test', order: 'any', from: [${from}], types: 'any',
        to: [http.sendWebhook],
        payload: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
        run: async () => skip('seen'),
      });`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

const reExported = (file: string) => `export * from '${join(repository, file)}';`;

/** A flow needs a target, though this one never writes. */
const HTTP_TARGET = [
  `import { http as httpTarget } from '${join(repository, 'functions/targets/http.ts')}';`,
  `export const http = httpTarget('http');`,
];

/** The shelf's own list would put every connector into every function. */
function systemOf({ source, options = {} }: Deployed, at: number): string[] {
  const { name, definition } = source;
  const { kind } = definition;
  const exported = kind.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [
    `import { ${exported} as kind${at} } from '${join(repository, 'functions/sources', `${kind}.ts`)}';`,
    `export const source${at} = kind${at}('${name}', ${JSON.stringify(options)});`,
  ];
}
