import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { sources } from '../../functions/sources/index.ts';

const SHELF = new URL('../../functions/sources/', import.meta.url);

/** What the connectors share has a folder of its own. */
const files = readdirSync(SHELF)
  .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
  .map((file) => basename(file, '.ts'));

test('the shelf lists every file on it', () => {
  expect(Object.keys(sources).sort()).toEqual(files.sort());
});

test.each(files)('%s has a test that runs the suite', (name) => {
  const tests = readdirSync(new URL('.', import.meta.url));

  expect(tests).toContain(`${name}.test.ts`);
});

test.each(Object.entries(sources))('%s is listed under its kind', (name, create) => {
  const source = create('some-name');

  expect(source.definition.kind).toBe(name);
  expect(source.name).toBe('some-name');
});
