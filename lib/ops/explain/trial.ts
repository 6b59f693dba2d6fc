import type { Source, SourceRequest } from '../../../functions/core/source.ts';
import { check } from '../../../functions/core/standard-schema.ts';

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

/** Those of a trial's connections that fit the source's kind, as the connector gets them. */
export async function connectionsOf({ definition }: Source, { connections }: Trial): Promise<unknown[]> {
  const checked = await Promise.all(connections.map((value) => check(definition.connection, value)));
  return checked.flatMap((result) => ('value' in result ? [result.value] : []));
}
