import { expect, it } from 'vitest';
import { isFinal, needsAttention } from '../../functions/core/ledger.ts';
import { memoryLedger } from '../memory/ledger.ts';
import { ledgerSuite } from '../suites/ledger-suite.ts';

ledgerSuite('memory', () => {
  const { ledger, tries } = memoryLedger();
  return { ledger, tries: async ({ key }) => tries.filter((item) => item.key === key).map(({ number }) => number) };
});

it.each([
  ['delivering', false, false],
  ['waiting', false, true],
  ['stopped', false, true],
  ['unknown', false, true],
  ['delivered', true, false],
  ['skipped', true, false],
  ['superseded', true, false],
  ['discarded', true, false],
] as const)('%s is final: %s, needs attention: %s', (state, final, attention) => {
  expect(isFinal(state)).toBe(final);
  expect(needsAttention(state)).toBe(attention);
});
