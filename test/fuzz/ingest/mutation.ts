import type { Random } from '../random.ts';
import type { Draft } from './draft.ts';
import type { Scheme } from './judge.ts';

/**
 * What a mutation says of itself.
 *
 * - `harmless`: nothing that is signed or read has changed: the request is taken, or refused, as it was before.
 * - `breaks`: what is signed, or its signature, is no longer what it was: it must not be taken.
 * - `exact`: it is taken if the judge finds it genuine, and only then.
 * - `retried`: as `exact`, and what is taken is the same event as before.
 * - `open`: a genuine one may be refused, too.
 */
export type Effect = 'harmless' | 'breaks' | 'exact' | 'retried' | 'open';

export type Mutation = {
  readonly name: string;
  /** Where it depends on what the scheme signs, by the scheme. */
  readonly effect: Effect | ((scheme: Scheme) => Effect);
  /** Undefined when there is nothing that it could change. */
  readonly change: (draft: Draft, chance: Chance) => Draft | undefined;
};

export const effectOf = ({ effect }: Mutation, scheme: Scheme) =>
  typeof effect === 'function' ? effect(scheme) : effect;

/** Of a change to a part of the request. */
export const byPart: Readonly<Record<Scheme['body'] | Scheme['query'], Effect>> = {
  signed: 'breaks',
  read: 'open',
  free: 'exact',
  unread: 'harmless',
};

export type Chance = {
  readonly random: Random;
  readonly scheme: Scheme;
  /** The untouched request of another vector, and its scheme. */
  readonly other: { readonly draft: Draft; readonly scheme: Scheme };
};
