import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sources } from '../../../functions/sources/index.ts';
import { sourcesDocs, sourcesFile } from '../../../lib/docs/sources.ts';
import { shelfSheets } from '../../../lib/ops/source-sheet.ts';

const page = sourcesDocs(shelfSheets());

test('docs/sources.md is what "npm run docs" writes', () => {
  expect(readFileSync(sourcesFile, 'utf8')).toBe(page);
});

test('it has every kind on the shelf, and a section for each link', () => {
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  const links = [...page.matchAll(/^\| \[(.+?)\]\(#(.+?)\)/gm)].map(([, vendor]) => vendor);

  expect(Object.keys(sources).every((kind) => page.includes(`Kind \`${kind}\``))).toBe(true);
  expect(new Set(links)).toEqual(new Set(headings.slice(2)));
});

test('it says of each kind what its verification rests on', () => {
  for (const { judged, vendor } of shelfSheets()) {
    expect(Object.values(judged).join(''), vendor).not.toBe('');
  }
});
