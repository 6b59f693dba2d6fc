import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { targets } from '../../functions/targets/index.ts';

const filesOf = (folder: string) => readdirSync(new URL(folder, import.meta.url));

it('every file of the shelf is registered under its own name', () => {
  const files = filesOf('../../functions/targets/').filter((file) => file !== 'index.ts');
  const kinds = Object.values(targets).map((configure) => configure('any').definition.kind);

  expect(Object.keys(targets)).toEqual(files.map((file) => file.replace(/\.ts$/, '')).sort());
  expect(kinds).toEqual(Object.keys(targets));
});

it('every target has its test', () => {
  const tests = filesOf('.');

  expect(tests).toEqual(expect.arrayContaining(Object.keys(targets).map((kind) => `${kind}.test.ts`)));
});
