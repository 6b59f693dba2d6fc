/**
 * Fuzzes the door: requests that vendors signed are changed in a named way and sent through the gateway's event, the
 * function's adapter and `accept`. None may be taken that is not genuine, none answered by 5xx, none lost or doubled.
 */
import { type Setting, settingOf } from '../../../lib/ops/vectors/schemes.ts';
import type { Vector } from '../../../lib/ops/vectors/vector.ts';
import { createRandom } from '../random.ts';
import { arrivalOf, type Base, complaintOf, identityOf, isTaken } from './complaint.ts';
import { type Draft, draftOf } from './draft.ts';
import { judge, type Scheme } from './judge.ts';
import { equipped, schemeOf } from './judges/index.ts';
import { knock } from './knock.ts';
import { type Chance, effectOf, type Mutation } from './mutation.ts';
import { bodyMutations, largeMutations } from './mutations/body.ts';
import { headerMutations } from './mutations/headers.ts';
import { otherMutations } from './mutations/rest.ts';
import { signedMutations } from './mutations/signed.ts';
import { urlMutations } from './mutations/url.ts';

export const mutations: readonly Mutation[] = [
  ...[...bodyMutations, ...signedMutations, ...headerMutations, ...urlMutations, ...otherMutations],
];
/** One case in so many is a large one. */
const LARGE_EVERY = 500;
const SINGLE_PERCENT = 70;
/** Most vectors are refused as they are; a change does more to one that is taken. */
const TAKEN_PERCENT = 50;

export type IngestFailure = { readonly what: string; readonly again: string };
export type IngestReport = {
  readonly cases: number;
  readonly failures: readonly IngestFailure[];
  /** By mutation and by status: how often. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, number>>;
};

type Subject = {
  readonly vector: Vector;
  readonly setting: Setting;
  readonly scheme: Scheme;
  readonly draft: Draft;
  readonly base: Base;
  /** What must never show in a log. */
  readonly secrets: readonly string[];
};

/**
 * Runs so many cases, one after another.
 *
 * @param options.onCase Told of each case before it begins.
 * @param options.first Number of the first case. @default 0
 * @param options.open Configures a vector's connector. @default the one on the shelf
 * @param options.every Only every so many-th case from `first`: several workers share a run. @default 1
 * @throws Error when a vector fares untouched other than it says, or our judge thinks otherwise.
 */
export async function fuzzIngest(options: {
  vectors: readonly Vector[];
  cases: number;
  seed: number;
  first?: number;
  every?: number;
  open?: (vector: Vector) => Setting;
  onCase?: (number: number) => void;
}): Promise<IngestReport> {
  const { cases, seed, first = 0, every = 1, open = settingOf } = options;
  const subjects = await Promise.all(options.vectors.map((vector) => subjectOf(vector, open)));
  const failures: IngestFailure[] = [];
  const outcomes = new Map<string, Map<string, number>>();
  let count = 0;
  for (let number = first; number < cases; number += every) {
    options.onCase?.(number);
    const { name, status, complaint } = await runCase(subjects, seed, number);
    const known = outcomes.get(name) ?? new Map<string, number>();
    outcomes.set(name, known.set(status, (known.get(status) ?? 0) + 1));
    if (complaint) failures.push({ what: complaint, again: `npm run fuzz -- ingest --seed ${seed} --case ${number}` });
    count++;
  }
  return { cases: count, failures, outcomes };
}

async function subjectOf(given: Vector, open: (vector: Vector) => Setting): Promise<Subject> {
  const vector = equipped(given);
  const [setting, scheme, draft] = [open(vector), schemeOf(vector), draftOf(vector)];
  const outcome = await knock(draft, setting);
  const taken = isTaken(outcome);
  const expected = vector.expected === 'accept';
  if (taken !== expected) throw new Error(`[fuzz] ${vector.id} was answered ${outcome.answer.status} untouched`);
  const judgement = judge(scheme, arrivalOf(outcome, draft));
  if ((judgement !== 'forged') !== expected) {
    throw new Error(`[fuzz] the judge finds ${vector.id} ${expected ? 'forged' : 'genuine'}`);
  }
  const base = { taken, judgement, identity: identityOf(outcome) };
  return { vector, setting, scheme, draft, base, secrets: secretsOf(vector) };
}

/** Shorter ones are found in any text. */
const MIN_SECRET_LENGTH = 8;

/** Also as HTTP's own authentication shows them. */
function secretsOf({ secrets, keys = {} }: Vector): string[] {
  const known = [...secrets, keys.password, keys.token, keys.value, keys.verifyToken, keys.verificationToken];
  return known
    .filter((secret) => typeof secret === 'string')
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
}

async function runCase(subjects: readonly Subject[], seed: number, number: number) {
  const random = createRandom(seed, 'ingest', number);
  const taken = subjects.filter(({ base }) => base.taken);
  const subject = random.pick(random.percent(TAKEN_PERCENT) && taken.length > 0 ? taken : subjects);
  const { vector, setting, scheme, base, secrets } = subject;
  const chance = { random, scheme, other: random.pick(subjects) };
  const wanted = random.percent(SINGLE_PERCENT) ? 1 : 2 + random.int(2);
  const { draft, made } = mutated(subject.draft, wanted, chance, number);
  const name = made.length === 1 ? made[0]!.name : 'several';
  const names = made.map((mutation) => mutation.name).join(', ');
  try {
    const outcome = await knock(draft, setting);
    const effects = made.map((mutation) => effectOf(mutation, scheme));
    const complaint = complaintOf(outcome, { scheme, draft, effects, base, secrets });
    const status = String(outcome.answer.status);
    return { name, status, complaint: complaint && `${vector.id}, ${names}: ${complaint}` };
  } catch (error) {
    return { name, status: 'threw', complaint: `${vector.id}, ${names}: it threw ${(error as Error).stack}` };
  }
}

function mutated(untouched: Draft, wanted: number, chance: Chance, number: number) {
  const pool = number % LARGE_EVERY === 0 ? largeMutations : mutations;
  const made: Mutation[] = [];
  let draft = untouched;
  while (made.length < (pool === largeMutations ? 1 : wanted)) {
    const mutation = chance.random.pick(pool);
    const changed = mutation.change(draft, chance);
    if (!changed) continue;
    made.push(mutation);
    draft = changed;
  }
  return { draft, made };
}
