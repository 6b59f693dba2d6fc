import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Who may know whom: the import statements of the code, held against the picture in docs. */
const root = fileURLToPath(new URL('..', import.meta.url));
const files = globSync('{functions,lib,bin}/**/*.{ts,js,mjs}', { cwd: root })
  .filter((file) => !file.endsWith('.d.ts'))
  .concat('stages.ts');
// An import statement, `export … from`, or `import(…)`, at the beginning of a line or an expression; templates are no code.
const IMPORT = /(?:^(?:import|export)\b[^'"`;]*?from\s+|^import\s+|\bimport\()'([^'$]+)'/gm;

const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

/** What a file imports: packages by name, our own files by their path from the root. */
function importsOf(file: string): string[] {
  const named = [...textOf(file).matchAll(IMPORT)].map((match) => match[1]!);
  return named.map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name));
}

const isUnder = (...places: string[]) => {
  return (name: string) =>
    places.some((place) => name === place || name.startsWith(place.endsWith(':') ? place : `${place}/`));
};

type Rule = { who: string; folder: (file: string) => boolean; may: (imported: string) => boolean };
const core = 'functions/core';
const rules: Rule[] = [
  { who: 'core knows only Node and itself', folder: isUnder(core), may: isUnder('node:', core) },
  {
    who: 'sources know core, their own shelf and their parsers',
    folder: isUnder('functions/sources'),
    may: isUnder('node:', core, 'functions/sources', 'zod', 'fast-xml-parser'),
  },
  {
    who: 'targets know core, their own shelf and their parsers',
    folder: isUnder('functions/targets'),
    may: isUnder('node:', core, 'functions/targets', 'zod', 'fast-xml-parser'),
  },
  {
    who: "aws knows core and AWS's libraries",
    folder: isUnder('functions/aws'),
    may: isUnder('node:', core, 'functions/aws', '@aws-sdk', '@aws-lambda-powertools'),
  },
  {
    who: 'flows know core, the shelves and each other',
    folder: isUnder('functions/flows'),
    may: isUnder(core, 'functions/sources', 'functions/targets', 'functions/flows', 'zod'),
  },
  {
    who: 'functions never know lib',
    folder: isUnder('functions'),
    may: (imported) => !isUnder('lib', 'bin')(imported),
  },
  {
    who: 'the stack knows names and definitions, and no runtime code',
    folder: isUnder('lib/stack'),
    may: isUnder(
      ...['node:', 'aws-cdk-lib', 'constructs', 'cdk-nag', 'esbuild', 'functions/core/names.ts'],
      ...['lib/stack', 'lib/definitions.ts', 'lib/mistake.ts', 'lib/stage.ts', 'stages.ts'],
    ),
  },
  {
    who: 'operations are used by command line and console, not by the stack or the runner',
    folder: isUnder('lib/stack', 'lib/laptop'),
    may: (imported) => !isUnder('lib/ops', 'lib/cli', 'lib/console')(imported),
  },
];

/** Imports of types alone leave nothing at run time, so definitions' types may be named. */
const typeOnly = (file: string) =>
  new Set(
    [...textOf(file).matchAll(/^import type\b[^'"`;]*?from\s+'([^']+)'/gm)].map((match) =>
      normalize(join(dirname(file), match[1]!)),
    ),
  );

describe('the import graph', () => {
  it('has files to look at', () => {
    expect(files.filter(isUnder(core)).length).toBeGreaterThan(20);
    expect(importsOf('functions/core/deliver.ts')).toContain('functions/core/handle.ts');
    expect(importsOf('functions/aws/ledger.ts')).toContain('@aws-sdk/client-dynamodb');
  });

  it.each(rules)('$who', ({ folder, may }) => {
    const wrong = files.filter(folder).flatMap((file) => {
      const types = isUnder('lib/stack')(file) ? typeOnly(file) : new Set<string>();
      const strangers = importsOf(file).filter((imported) => !may(imported) && !types.has(imported));
      return strangers.map((imported) => `${file} imports ${imported}`);
    });

    expect(wrong).toEqual([]);
  });

  it('lets only entry files read the environment', () => {
    const readers = files.filter((file) => /\bprocess\.env\b/.test(textOf(file)));
    const isEntry = (file: string) => /^(bin|functions)\/[^/]+$/.test(file);
    const wrong = readers.filter((file) => isUnder('functions', 'lib/stack', 'lib/ops')(file) && !isEntry(file));

    expect(wrong).toEqual([]);
  });
});
