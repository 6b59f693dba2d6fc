import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Iam } from './layer.ts';
import type { Refusal } from './refusal.ts';
import type { StatementUse } from './usage.ts';

/** What the roles of a hub were allowed and refused, as it is kept beside its data. */
export type IamReport = {
  /** Every Allow statement of every role, with what it was needed for since the hub started. */
  statements: StatementUse[];
  /** The last hundred, oldest first. */
  refusals: Refusal[];
};

export function writeIamReport(file: string, iam: Pick<Iam, 'statements' | 'refusals'>): void {
  const report: IamReport = { statements: iam.statements(), refusals: iam.refusals() };
  writeFileSync(`${file}.new`, `${JSON.stringify(report, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export const readIamReport = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as IamReport;
