import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openKeptClock } from '../../../../lib/laptop/kept-clock.ts';

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-clock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'clock.json');
}

test('a clock of a data folder stays as far ahead over a restart', () => {
  const file = temporaryFile();

  openKeptClock(file).advance(86_400_000);

  expect(openKeptClock(file).offsetMs()).toBe(86_400_000);
});

test.each(['{"offsetMs":-5}', '{"offsetMs":"x"}', '{}'])('a file with %s is refused', (text) => {
  const file = temporaryFile();
  writeFileSync(file, text);

  expect(() => openKeptClock(file)).toThrow(/clock\.json: offsetMs is .+; it must be 0 or more milliseconds/);
});
