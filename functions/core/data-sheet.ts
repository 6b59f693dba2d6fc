/**
 * What people are told of a vendor: by the command line, the console and docs/sources.md, all from this one place.
 *
 * Everything here is words, short enough for a cell of a table. What code acts on (methods, types, deadlines, retries) is in
 * the connector beside it, and is not said again.
 */
export type DataSheet = {
  /** The vendor's own spelling of its name. */
  readonly vendor: string;
  /** Each field of the connection. */
  readonly needs: readonly Need[];
  /** What is signed by what, and where it stands: `HMAC-SHA256 over <t>.<body>, hex, in Stripe-Signature`. */
  readonly signs: string;
  /** How old, or how far ahead, a request may be; `none` where the vendor signs no time. */
  readonly window: string;
  /** How many events a request holds. */
  readonly batch: string;
  /** What tells events apart, which record an event is about, and when it happened. */
  readonly identity: string;
  readonly entity: string;
  readonly occurredAt: string;
  /** By when and how the vendor wants to be answered. */
  readonly answer: string;
  /** What the vendor does when it is not. */
  readonly redelivery: string;
  /** How it is set up at the vendor. */
  readonly setUp: readonly [string, string, string];
  /** How a secret is changed without losing an event: the steps in their order. `SET` stands for setting ours. */
  readonly rotation: readonly [string, ...string[]];
  readonly oddities: readonly Oddity[];
  readonly judged: Judged;
};

export type Need = {
  readonly field: string;
  /** What it is, and where the vendor shows it. */
  readonly what: string;
  /** Whoever has it can forge events. */
  readonly isSecret: boolean;
  /** @default false */
  readonly isOptional?: boolean;
};

export type Oddity = {
  /** When we saw or read of it: `2026-11-21`. */
  readonly date: string;
  readonly what: string;
};

/** What our verification was held against, so that a sceptic sees what rests on what. Absent: nothing of that kind. */
export type Judged = {
  /** Code of the vendor's own that signed or verified our cases, with its version. */
  readonly package?: string;
  /** Signatures that the vendor itself made or published. */
  readonly example?: string;
  /** Pages: the vendor's, or, said so, other people's. */
  readonly documentation?: string;
};
