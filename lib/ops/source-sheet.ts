import type { DataSheet } from '../../functions/core/data-sheet.ts';
import { webhookPath } from '../../functions/core/names.ts';
import type { AnySource, EventType, Method, Source } from '../../functions/core/source.ts';
import { sources as shelf } from '../../functions/sources/index.ts';
import { nearest } from '../mistake.ts';
import { OperatorError } from './operator-error.ts';

/** All that is declared of a source, for people and for `--json`. */
export type SourceSheet = DataSheet & {
  /** Absent for a kind on the shelf that nobody has configured. */
  readonly source?: string;
  readonly path?: string;
  readonly kind: string;
  readonly proof: AnySource['proof'];
  readonly methods: readonly Method[];
  /** By when we answer at the latest. */
  readonly answerWithinMs: number;
  /** Whether the vendor sends again what was answered 5xx. */
  readonly retries: boolean;
  readonly types: readonly TypeSheet[];
};

export type TypeSheet = {
  readonly type: string;
  readonly shape: EventType['shape'];
  /** Nothing tells a newer one from an older. */
  readonly ordered: boolean;
  /** It has no id: its bytes tell it apart. */
  readonly identity: 'id' | 'content';
};

export const sheetOf = ({ definition }: Pick<Source, 'definition'>): SourceSheet => ({
  ...{ kind: definition.kind, ...definition.sheet, proof: definition.proof, methods: definition.methods },
  ...{ answerWithinMs: definition.answerWithinMs, retries: definition.retries ?? true },
  types: Object.entries(definition.types).map(
    ([type, { shape, ordered = true, identity }]): TypeSheet => ({ type, shape, ordered, identity: identity ?? 'id' }),
  ),
});

/** The sheets of every kind on the shelf, in the order of their names. */
export function shelfSheets(): SourceSheet[] {
  const kinds = Object.keys(shelf).sort() as (keyof typeof shelf)[];
  return kinds.map((kind) => sheetOf(shelf[kind]('a-source')));
}

/**
 * The sheet of a configured source, or else of a kind on the shelf.
 *
 * @throws OperatorError when there is neither of that name.
 */
export function findSheet(configured: readonly Source[], name: string): SourceSheet {
  const found = configured.find((source) => source.name === name);
  if (found) return { source: found.name, path: webhookPath(found.name), ...sheetOf(found) };
  const sheets = shelfSheets();
  const ofKind = sheets.find(({ kind }) => kind === name);
  if (ofKind) return ofKind;
  const known = [...configured.map((source) => source.name), ...sheets.map(({ kind }) => kind)];
  const why = `there is no source, nor a kind of source, '${name}'${nearest(name, known)}`;
  throw new OperatorError('not-found', why, 'see "syncline sources"; docs/sources.md has every kind');
}

/** `state`, and what is odd about such events. */
export const shapeInWords = ({ shape, ordered, identity }: TypeSheet): string =>
  [shape, ...(ordered ? [] : ['unordered']), ...(identity === 'content' ? ['told apart by its bytes'] : [])].join(', ');

/** What our verification was held against; empty where it was nothing of that kind. */
export function judgedInWords({ judged }: DataSheet): [string, string][] {
  const { package: code = '', example = '', documentation = '' } = judged;
  const isAlone = code === '' && example === '';
  return [
    ['vendor’s own package', code],
    ['vendor’s published example', example],
    ['documentation only', documentation === '' || isAlone ? documentation : `the rest: ${documentation}`],
  ];
}
