import type { SourceRequest } from '../../../functions/core/source.ts';

/** All that a verdict depends on. */
export type Trial = {
  readonly request: SourceRequest;
  /** As they are stored, newest first. */
  readonly connections: readonly unknown[];
  readonly publicUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

export type Difference = {
  readonly about: 'body' | 'url' | 'clock' | 'secret' | 'header' | 'unknown';
  /** What differs, without a secret, a signature or a word of the body. */
  readonly what: string;
  readonly next: string;
};

/** A trial as it would be if that difference were not there. */
export type Variation = Difference & { readonly trial: Trial };
