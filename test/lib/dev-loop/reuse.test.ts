import { appendFileSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fingerprint } from '../../../lib/laptop/fingerprint.ts';
import { synthesized } from '../../../lib/laptop/synthesize.ts';
import { temporaryFolder, write } from './project.ts';

/** An app that writes an assembly, counts how often, and fails when its stage is wrong. */
const APP = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
const { CDK_OUTDIR, CDK_CONTEXT_JSON } = process.env;
appendFileSync(new URL('../runs', import.meta.url), 'x');
if (JSON.parse(CDK_CONTEXT_JSON).stage === 'wrong') { console.error('there is no such stage'); process.exit(1); }
mkdirSync(CDK_OUTDIR + '/asset.1', { recursive: true });
writeFileSync(CDK_OUTDIR + '/manifest.json', '{}');
writeFileSync(CDK_OUTDIR + '/asset.1/index.mjs', 'export {};');
`;
const READ = [
  ...['bin/app.ts', 'lib/stack/app.ts', 'lib/stage.ts', 'functions/flows/one.ts', 'functions/core/deep/file.json'],
  ...['stages.ts', 'cdk.json', 'package-lock.json', 'tsconfig.json', 'node_modules/.package-lock.json'],
];

function project(): string {
  const root = temporaryFolder();
  write(root, { ...Object.fromEntries(READ.map((file) => [file, '{}'])), 'bin/app.ts': APP, 'docs/laptop.md': '' });
  return root;
}

const runsOf = (root: string) => readFileSync(join(root, 'runs'), 'utf8').length;

describe('the fingerprint of a project', () => {
  test.each(READ)('changes with %s', (file) => {
    const root = project();
    const before = fingerprint(root, 'dev');

    appendFileSync(join(root, file), ' ');

    expect(fingerprint(root, 'dev')).not.toBe(before);
  });

  test('changes with a file that comes or goes, and with the stage', () => {
    const root = project();
    const before = fingerprint(root, 'dev');
    write(root, { 'functions/flows/two.ts': '' });
    const withTwo = fingerprint(root, 'dev');
    rmSync(join(root, 'functions/flows/two.ts'));

    expect(withTwo).not.toBe(before);
    expect(fingerprint(root, 'dev')).toBe(before);
    expect(fingerprint(root, 'prod')).not.toBe(before);
  });

  test('does not change with what synthesis does not read', () => {
    const root = project();
    const before = fingerprint(root, 'dev');

    write(root, { 'docs/laptop.md': 'new', 'lib/cli/dev.ts': 'new', 'test/one.test.ts': 'new' });

    expect(fingerprint(root, 'dev')).toBe(before);
  });

  test('cannot be told where a link leads out of the project', () => {
    const root = project();

    symlinkSync('/etc/hostname', join(root, 'functions/flows/elsewhere.ts'));

    expect(fingerprint(root, 'dev')).toBeUndefined();
  });
});

describe('an assembly', () => {
  test('is reused as long as nothing that it was made from changes', async () => {
    const root = project();
    const folder = join(root, 'data/assembly');
    await synthesized(root, 'dev', folder);
    await synthesized(root, 'dev', folder);
    const unchanged = runsOf(root);

    write(root, { 'functions/flows/one.ts': 'changed' });
    await synthesized(root, 'dev', folder);

    expect([unchanged, runsOf(root)]).toEqual([1, 2]);
  });

  test.each([
    ['has a changed file', (folder: string) => appendFileSync(join(folder, 'asset.1/index.mjs'), ' ')],
    ['misses a file', (folder: string) => rmSync(join(folder, 'asset.1/index.mjs'))],
    ['is gone', (folder: string) => rmSync(folder, { recursive: true })],
    ['has a record that nobody can read', (folder: string) => write(folder, { '../assembly.json': '{' })],
  ])('is made anew when it %s', async (_what, damage) => {
    const root = project();
    const folder = join(root, 'data/assembly');
    await synthesized(root, 'dev', folder);

    damage(folder);
    await synthesized(root, 'dev', folder);

    expect(runsOf(root)).toBe(2);
    expect(readFileSync(join(folder, 'asset.1/index.mjs'), 'utf8')).toBe('export {};');
  });

  test('that could not be made is not taken for one the next time', async () => {
    const root = project();
    const folder = join(root, 'data/assembly');
    await synthesized(root, 'dev', folder);

    await expect(synthesized(root, 'wrong', folder)).rejects.toThrow('there is no such stage');
    await synthesized(root, 'dev', folder);

    expect(runsOf(root)).toBe(3);
  });
});
