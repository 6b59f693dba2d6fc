import type { Case } from './case.ts';
import type { Outcome } from './suite.ts';

export type Report = ReturnType<typeof reporter>;

const writeLine = (text: string) => process.stdout.write(`${text}\n`);

/** Writes a line for each case, and counts. */
export function reporter(isJson: boolean, write: (text: string) => unknown = writeLine) {
  const counts = { ok: 0, failed: 0, skipped: 0 };
  const left: string[] = [];
  return {
    note(text: string) {
      if (!isJson) write(text);
    },
    line(one: Case, outcome: Outcome, ms: number) {
      if (outcome.kind === 'left over') left.push(outcome.why);
      const kind = outcome.kind === 'left over' ? 'ok' : outcome.kind;
      counts[kind] += 1;
      write(isJson ? jsonLine(one, outcome, ms) : textLine(one, outcome));
    },
    leftOver(what: string) {
      left.push(what);
    },
    /** Writes the counts. @returns Whether nothing failed and nothing is left. */
    end(): boolean {
      if (isJson) write(JSON.stringify({ ...counts, leftOver: left }));
      else {
        for (const what of left) write(`could not be removed: ${what}`);
        write(`${counts.ok} ok, ${counts.failed} failed, ${counts.skipped} skipped`);
      }
      return counts.failed === 0 && left.length === 0;
    },
  };
}

function textLine({ service, name, fact, unverified }: Case, outcome: Outcome): string {
  const label = { ok: 'ok', failed: 'FAILED', skipped: 'skipped', 'left over': 'ok' }[outcome.kind];
  const why = outcome.kind === 'ok' ? '' : `\n  ${outcome.kind}: ${outcome.why.replaceAll('\n', '\n  ')}`;
  const doubt = unverified === undefined ? '' : `; unverified: ${unverified}`;
  if (outcome.kind === 'skipped') return `skipped: ${outcome.why}: ${service}: ${name} (${fact}${doubt})`;
  return `${label} ${service}: ${name} (${fact}${doubt})${why}`;
}

function jsonLine({ service, name, fact, unverified }: Case, outcome: Outcome, ms: number): string {
  const why = outcome.kind === 'ok' ? undefined : outcome.why;
  return JSON.stringify({ service, name, fact, unverified, outcome: outcome.kind, why, ms: Math.round(ms) });
}
