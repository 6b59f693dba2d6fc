/** What the secret may be at the vendor, where it is not the one that is set here. */
import type { DataSheet } from '../../../functions/core/data-sheet.ts';
import type { Trial, Variation } from './trial.ts';

export type KnownSecrets = {
  readonly sheet: DataSheet;
  /** How the source's secret is set: a whole command. */
  readonly set: string;
  /** What was valid before, and is no longer. */
  readonly former: readonly unknown[];
  /** The connections of other sources of this kind, by their names. */
  readonly others: Readonly<Record<string, readonly unknown[]>>;
};

type Change = readonly [what: string, change: (secret: string) => string | undefined];

/** No field of any connection has any, secret or not. */
const TRIMMED: Change = ['begins or ends with white space, which the vendor’s does not', (text) => text.trim()];

const CHANGES: readonly Change[] = [
  ['stands in quotes', (text) => text.trim().replace(/^(["'])(.*)\1$/, '$2')],
  ['lacks its `whsec_`', (text) => (text.startsWith('whsec_') ? undefined : `whsec_${text.trim()}`)],
  ['has a `whsec_` that is not part of the key', (text) => text.trim().replace(/^whsec_/, '')],
  ['is escaped', (text) => (text.includes('%') ? decoded(text) : undefined)],
  ['has lost the line break at its end, which the vendor’s has', (text) => `${text}\n`],
];

export function secretVariations(trial: Trial, { sheet, set, former, others }: KnownSecrets): Variation[] {
  const fields = sheet.needs.filter(({ isSecret }) => isSecret).map(({ field }) => field);
  const changed = [TRIMMED, ...CHANGES].flatMap(([what, change]) => {
    const isChanged = (field: string) => change === TRIMMED[1] || fields.includes(field);
    const connections = trial.connections.map((connection) => withFields(connection, isChanged, change));
    const differs = JSON.stringify(connections) !== JSON.stringify(trial.connections);
    return differs ? [variation(`the secret that is set here ${what}`, set, { ...trial, connections })] : [];
  });
  const rotated = variation(
    'it was signed with the secret before the last change, which is no longer valid (rotated-away)',
    'change it at the vendor too; "syncline secrets rotate" says in which order',
    { ...trial, connections: former },
  );
  const swapped = Object.entries(others).map(([name, connections]) =>
    variation(
      `it was signed with the secret of source/${name}`,
      'give each URL at the vendor the secret of its own source',
      {
        ...trial,
        connections,
      },
    ),
  );
  return [...changed, ...(former.length > 0 ? [rotated] : []), ...swapped];
}

const variation = (what: string, next: string, trial: Trial): Variation => ({ about: 'secret', what, next, trial });

function withFields(connection: unknown, isChanged: (field: string) => boolean, change: Change[1]): unknown {
  if (typeof connection !== 'object' || connection === null) return connection;
  return Object.fromEntries(
    Object.entries(connection).map(([field, value]) => [
      field,
      isChanged(field) && typeof value === 'string' ? (change(value) ?? value) : value,
    ]),
  );
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
