/**
 * Why a request does not verify: it is tried with other bodies, URLs, headers, secrets and clocks, each as something on the
 * way, or somebody, may have changed it, by the very connector that refused it. What then verifies, is the explanation.
 *
 * Nothing that it says holds a secret, a signature or a word of the body.
 */
import type { FetchKey, Source, Verdict } from '../../../functions/core/source.ts';
import { bodyVariations } from './bodies.ts';
import { atSomeTime, clockDifference } from './clock.ts';
import {
  answerTo,
  answerToNoEvent,
  type HandshakeAnswer,
  isCheckByMethod,
  refusedAs,
  settingInTheWay,
  unanswered,
} from './handshake.ts';
import { headerVariations } from './headers.ts';
import { type KnownSecrets, secretVariations } from './secrets.ts';
import { connectionsOf, type Difference, type Trial, type Variation } from './trial.ts';
import { type KnownUrls, urlVariations } from './urls.ts';

/** As our log names them; `handshake` is a check of the URL that the connector itself refuses. */
export type Outcome =
  | Verdict
  | ('method' | 'empty-body' | 'no-secret' | 'bad-secret' | 'verification-unavailable' | 'handshake');

export type Explanation = {
  readonly verdict: Outcome;
  /** Which of the connections fits, 0 for the newest; undefined when none does. */
  readonly fits?: number;
  /** Each a set of differences that together explain the refusal. Empty for what is valid. */
  readonly because: readonly (readonly Difference[])[];
  /** For a request that brings no event, and only checks the URL. */
  readonly handshake?: HandshakeAnswer;
};

export type Knowledge = KnownUrls & Omit<KnownSecrets, 'sheet'> & { readonly fetchKey: FetchKey };

/** Two changes at once are many thousand trials: for a large body, not all of them. */
const BUDGET_MS = 10_000;
const MAX_EXPLANATIONS = 3;

export async function explain(source: Source, trial: Trial, knowledge: Knowledge): Promise<Explanation> {
  const atOnce = refusedAtOnce(source, trial, knowledge);
  if (atOnce) return atOnce;
  const handshake = await handshakeOf(source, trial, knowledge);
  if (handshake) return handshake;
  if (isEmpty(trial)) return EMPTY;
  const read = new Set<string>();
  const judge = (one: Trial) => outcomeOf(source, one, knowledge.fetchKey, read);
  const passes = async (one: Trial) => (await judge(one)) === 'valid';
  const verdict = await judge(trial);
  const answer = answerToNoEvent(source, trial);
  if (verdict === 'valid') {
    return { verdict, fits: await fitting(trial, passes), because: [], ...(answer && { handshake: answer }) };
  }
  const because = await becauseOf(source, { trial, verdict, knowledge, read }, passes);
  return { verdict, because, ...(answer && { handshake: refusedAs(verdict) }) };
}

/** What the connector itself answers, or refuses, as a check of the URL; undefined for what is to be verified. */
async function handshakeOf(source: Source, trial: Trial, knowledge: Knowledge): Promise<Explanation | undefined> {
  if (!source.definition.handshake) return undefined;
  const { fetchKey } = knowledge;
  const handshake = await answerTo(source, trial, fetchKey);
  if (handshake?.isAnswered) return { verdict: 'valid', because: [], handshake };
  const setting = handshake ? undefined : await settingInTheWay(source, trial, fetchKey);
  if (!handshake && !setting && !isCheckByMethod(source, trial)) return undefined;

  const verdict = handshake ? 'handshake' : await outcomeOf(source, trial, fetchKey, new Set());
  if (verdict === 'valid' || verdict === 'bad-secret') return undefined;
  const refused = { verdict, handshake: handshake ?? refusedAs(verdict) };
  if (setting) return { ...refused, because: [[setting]] };
  const known = { ...knowledge, sheet: source.definition.sheet };
  const groups = { alone: [(one: Trial) => secretVariations(one, known)], paired: [] };
  const isAnswered = async (one: Trial) => (await answerTo(source, one, fetchKey))?.isAnswered ?? false;
  const { because } = await search(trial, groups, isAnswered);
  return { ...refused, because: because.length > 0 ? because : [[unanswered(source)]] };
}

type Refused = {
  readonly trial: Trial;
  readonly verdict: Outcome;
  readonly knowledge: Knowledge;
  /** The headers that were asked for. */
  readonly read: ReadonlySet<string>;
};

/** What would have it verified. */
async function becauseOf(
  source: Source,
  { trial, verdict, knowledge, read }: Refused,
  passes: (one: Trial) => Promise<boolean>,
): Promise<Explanation['because']> {
  const known = { ...knowledge, sheet: source.definition.sheet };
  const groups = (maxUrlChanges: number): readonly Group[] => [
    (one) => headerVariations(one, [...read]),
    bodyVariations,
    (one) => urlVariations(one, knowledge, urlAdvice(source), maxUrlChanges),
    (one) => secretVariations(one, known),
  ];
  const { because, isComplete } = await search(trial, { alone: groups(3), paired: groups(1) }, passes);
  if (because.length > 0) return because;
  return [[isComplete ? whatIsLeft(source, verdict, trial, [...read], knowledge) : CUT_SHORT]];
}

/** As the door judges, and noting by name each header that was asked for. */
async function outcomeOf(source: Source, trial: Trial, fetchKey: FetchKey, read: Set<string>): Promise<Outcome> {
  const secrets = await connectionsOf(source, trial);
  if (secrets.length === 0) return trial.connections.length === 0 ? 'no-secret' : 'bad-secret';
  const headers = new Proxy(trial.request.headers, {
    get(target, name) {
      if (typeof name === 'string') read.add(name);
      return Reflect.get(target, name);
    },
  });
  try {
    const { publicUrl, now } = trial;
    return await source.definition.verify({ ...trial.request, headers }, { secrets, publicUrl, now, fetchKey });
  } catch {
    return 'verification-unavailable';
  }
}

/** The fewest differences that explain it: the clock alone, one other, or two of different kinds; each with the clock. */
async function search(
  trial: Trial,
  { alone, paired }: Readonly<Record<'alone' | 'paired', readonly Group[]>>,
  passes: (one: Trial) => Promise<boolean>,
): Promise<{ because: Difference[][]; isComplete: boolean }> {
  const deadline = performance.now() + BUDGET_MS;
  for (const sets of [[[]], alone.map((group) => [group]), pairsOf(paired)]) {
    const because: Difference[][] = [];
    for (const { changes, changed } of variationsByAny(sets, trial)) {
      if (performance.now() > deadline) return { because, isComplete: false };
      const then = await atSomeTime(changed, passes);
      if (!then) continue;
      const clock = then.now === changed.now ? [] : [await clockDifference(changed, then, passes)];
      because.push([...changes.map(({ about, what, next }) => ({ about, what, next })), ...clock]);
      if (because.length === MAX_EXPLANATIONS) break;
    }
    if (because.length > 0) return { because, isComplete: true };
  }
  return { because: [], isComplete: true };
}

const CUT_SHORT: Difference = {
  about: 'unknown',
  what: `no single change makes it verify, and of the pairs only some were tried in ${BUDGET_MS / 1_000} s: the body is large`,
  next: 'capture a smaller request of the same vendor, and verify that',
};

type Group = (one: Trial) => Variation[];

const pairsOf = (groups: readonly Group[]): Group[][] =>
  groups.flatMap((one, at) => groups.slice(at + 1).map((other) => [one, other]));

function* variationsByAny(sets: readonly (readonly Group[])[], trial: Trial) {
  for (const set of sets) yield* variationsBy(set, trial);
}

/** Every way to change a trial by one variation of each group. */
function* variationsBy(
  [group, ...others]: readonly Group[],
  trial: Trial,
): Generator<{ changes: readonly Variation[]; changed: Trial }> {
  if (!group) return yield { changes: [], changed: trial };
  for (const variation of group(trial)) {
    for (const { changes, changed } of variationsBy(others, variation.trial)) {
      yield { changes: [variation, ...changes], changed };
    }
  }
}

async function fitting(trial: Trial, passes: (one: Trial) => Promise<boolean>): Promise<number> {
  for (const [at, connection] of trial.connections.entries()) {
    if (await passes({ ...trial, connections: [connection] })) return at;
  }
  return 0;
}

/** What is refused before any secret is looked at, or because there is none. */
function refusedAtOnce(
  { definition }: Source,
  { request, connections }: Trial,
  { set }: Knowledge,
): Explanation | undefined {
  const { methods } = definition;
  if (!methods.some((method) => method === request.method)) {
    const what = `it came by ${request.method}, and the source takes ${methods.join(' and ')}`;
    return { verdict: 'method', because: single('unknown', what, 'see what sends it: it is no event of the vendor') };
  }
  if (connections.length === 0) {
    const what = 'the source has no secret, so it refuses everything';
    return { verdict: 'no-secret', because: single('secret', what, set) };
  }
  return undefined;
}

const isEmpty = ({ request: { method, body } }: Trial) =>
  body.length === 0 && !['GET', 'HEAD', 'OPTIONS'].includes(method);

const single = (about: Difference['about'], what: string, next: string) => [[{ about, what, next }]];

const EMPTY: Explanation = {
  verdict: 'empty-body',
  because: single(
    'body',
    'it has no body',
    'see whether the capture left the body out, or a redirect or proxy on the way lost it',
  ),
};

function urlAdvice({ definition: { sheet } }: Source): string {
  return sheet.needs.some(({ field }) => field === 'publicUrl')
    ? 'set `publicUrl` in the source’s secret to the URL as it is registered at the vendor, letter by letter, without its query'
    : 'register the URL at the vendor exactly as the hub knows it';
}

/** Nothing that we know to try makes it verify: what the verdict itself says. */
function whatIsLeft(
  source: Source,
  verdict: Outcome,
  trial: Trial,
  read: readonly string[],
  { set }: Knowledge,
): Difference {
  const { headers } = trial.request;
  const { sheet } = source.definition;
  const missing = read.filter((name) => headers[name] === undefined);
  const doubled = read.filter((name) => Array.isArray(headers[name]));
  const byVerdict: Partial<Record<Outcome, Difference>> = {
    'missing-header': {
      about: 'header',
      what: `it lacks ${missing.length > 0 ? missing.join(', ') : 'its signature'}`,
      next: 'see that the vendor signs, and that proxies pass these headers on',
    },
    'missing-credential': { about: 'header', what: 'it shows no password or token', next: sheet.setUp[1] },
    'malformed-header': {
      about: 'header',
      what:
        doubled.length > 0
          ? `it has several lines of ${doubled.join(', ')}`
          : `its signature is not of the form that ${sheet.vendor} sends`,
      next: 'look at what passes the request on: a header came twice, cut or rewritten',
    },
    'bad-secret': { about: 'secret', what: 'the secret that is set here does not fit this kind of source', next: set },
    'verification-unavailable': {
      about: 'unknown',
      what: 'the vendor’s key could not be fetched, so it can be neither accepted nor refused',
      next: 'try again',
    },
  };
  return (
    byVerdict[verdict] ?? {
      about: 'unknown',
      what: 'no other body, URL, header, clock or form of the secret makes it verify: the secret is another one, or its bytes are not what was signed',
      next: `compare the secret: ${sheet.needs.map(({ what }) => what).join('; ')}`,
    }
  );
}
