/**
 * The shape of a source connector: the code that receives from one vendor.
 *
 * A connector never touches the network, a clock or the environment: what it needs is passed in. It fits every kind of
 * sender we know: fetched keys (`verify` may be async and has `fetchKey`), handshakes by GET, HEAD, OPTIONS or POST,
 * many events in one request, several valid secrets, signed URLs, form bodies, and other transports than HTTP (`read`
 * and `payload` know nothing of HTTP).
 */
import type { DataSheet } from './data-sheet.ts';
import type { StandardSchema } from './standard-schema.ts';

export type HttpMethod = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** How an event may come: by an HTTP method, or by a transport that is not HTTP, in whose place a body is all there is. */
export type Method = HttpMethod | 'SQS' | 'EVENTBRIDGE';

/** Header names in lower case. An array means several header lines of one name: ambiguous, so verifiers refuse it. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A request as it arrived. */
export type SourceRequest = {
  readonly method: string;
  /** The query as sent, still percent-encoded, without `?`. */
  readonly rawQuery: string;
  readonly headers: Headers;
  /** The bytes exactly as received, after undoing transfer encoding only. */
  readonly body: Buffer;
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** The answer to a vendor's check of the URL; of 400 and above, it is a refusal. */
export type Handshake = HttpAnswer & {
  /**
   * Keeps the request's body in the bucket before it is answered, for it holds what only an operator can use; the log says
   * where. Not for what anybody may send at any time.
   *
   * @default false
   */
  readonly keep?: boolean;
};

/** What `verify` says. Only `valid` lets a request in; the others are for our log and metric, never for the sender. */
export type Verdict =
  | 'valid'
  | 'missing-header'
  | 'malformed-header'
  | 'bad-signature'
  | 'stale'
  | 'missing-credential'
  | 'malformed-credential'
  | 'wrong-credential';

export type VerifyContext<Connection> = {
  /** Every connection that is valid now, newest first: during rotation there are two. A match with any is enough. */
  readonly secrets: readonly Connection[];
  /** The source's URL without its query, as the hub knows it; see `signedUrl` in functions/sources/common/url.ts. */
  readonly publicUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly fetchKey: FetchKey;
};

/**
 * Fetches a vendor's public key or certificate by URL, and keeps what it got. Which hosts may be asked is the connector's
 * rule: it checks the URL before it calls this. Redirects are not followed.
 *
 * @returns The answer's body.
 * @throws NoSuchKey when the vendor says that there is nothing at a URL.
 * @throws Error when it cannot be had: then the request can be neither accepted nor refused, and the vendor is to come again.
 */
export type FetchKey = (url: string, options?: FetchKeyOptions) => Promise<string>;

/** Of a URL that a request named, this refuses the request: a stranger named it, or the key was withdrawn. */
export class NoSuchKey extends Error {
  constructor(host: string, status: number) {
    super(`the request to ${host} for a key was answered with status ${status}`);
    this.name = 'NoSuchKey';
  }
}

export type FetchKeyOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends this by POST instead of a GET. */
  readonly post?: { readonly contentType: string; readonly body: string };
  /** How long the answer is kept; 0: not at all. @default a day */
  readonly keepMs?: number;
  /**
   * Asks the vendor once more, because what we keep lacks a key. Strangers can name keys that nobody has, so this happens
   * at most once a minute for a URL; in between one gets what the last time gave.
   *
   * @default false
   */
  readonly again?: boolean;
};

/** One event of a request. */
export type SourceEvent = {
  /** The vendor's name of what happened, as flows list it. */
  readonly type: string;
  /** The vendor's own id as given, or null. */
  readonly eventId: string | null;
  /** What the ledger dedupes on: unique within the source, the same at every retry of the vendor. */
  readonly key: string;
  /** When it happened, or null: ISO 8601 in UTC, where the vendor's notation says which moment that is. */
  readonly occurredAt: string | null;
  /** The vendor's version or sequence number of the entity, where there is one. */
  readonly sequence?: string;
  /** The record that it is about, or null. */
  readonly entityId: string | null;
  /** The event's own bytes, when the request holds several; absent when the whole body is the event. */
  readonly part?: Buffer;
};

/** What was received, independent of the transport. The body is unpacked if it came compressed. */
export type Received = {
  readonly headers: Headers;
  readonly body: Buffer;
  /** Milliseconds since the epoch at which it was accepted: the same whenever it is read again. */
  readonly acceptedAt: number;
};

/**
 * `response` replaces the plain 200, for vendors that demand certain words back. `items` is how many events a batch holds:
 * where it differs from the number of events, the request is unreadable, so that none of a batch is lost in silence.
 */
export type ReadResult =
  | { readonly events: readonly SourceEvent[]; readonly items?: number; readonly response?: HttpAnswer }
  | { readonly unreadable: string; readonly items?: number };

/** Fresh values for samples, so that no two are the same event. */
export type Fresh = {
  /** 24 random characters of `[a-z0-9]`. */
  readonly id: string;
  /** A random positive integer of seven digits. */
  readonly number: number;
  readonly now: Date;
};

export type EventType = {
  /** `state`: the whole record; `delta`: what changed; `hint`: only that something changed. */
  readonly shape: 'state' | 'delta' | 'hint';
  /** False: its events carry neither a time nor a sequence, so nothing tells a newer one from an older. @default true */
  readonly ordered?: boolean;
  /**
   * `content`: such events carry no id, or may carry none, so their key is that of their bytes within a window
   * (functions/sources/common/body.ts, `contentKey`). They count as hints, whatever their shape, and a flow that takes them may
   * not perform what cannot be repeated (docs/delivery.md, rule 7).
   */
  readonly identity?: 'content';
  /** A realistic body of our own writing; undefined for a type that only a company's `systems.ts` names. */
  readonly sample: (fresh: Fresh) => unknown;
};

/** A sample about to be sent. `url` is the source's, without a query. */
export type Sample<Type extends string = string> = {
  readonly type: Type;
  readonly body: string;
  readonly fresh: Fresh;
  readonly url: string;
};

/** What a vendor adds to a sample: headers, and a query (without `?`) where the scheme has one. */
export type Signed = { readonly headers: Record<string, string>; readonly query?: string };

/** Both sides of one connection: what we store, and what only the vendor holds. */
export type Pair<Vendor> = { readonly connection: unknown; readonly vendor: Vendor };

export type SourceDefinition<Connection, Type extends string, Vendor = Connection> = {
  /** The vendor's name: also the file's. */
  readonly kind: string;
  /** What people are told of the vendor. */
  readonly sheet: DataSheet;
  /** What the secret of such a source holds. What it makes of a value is stored in place of it, and must fit it again. */
  readonly connection: StandardSchema<Connection>;
  /**
   * `signature`: the vendor signs what it sends. `credential`: it only shows a password or a token, which proves no byte of
   * the body; so its events count as hints, whatever their shape.
   */
  readonly proof: 'signature' | 'credential';
  readonly methods: readonly Method[];
  /** Headers that travel with the event because the payload or its meaning needs them; never signatures. */
  readonly carries?: readonly string[];
  /** Types we know; flows name these. Others that arrive go to flows that want `any`. */
  readonly types: Readonly<Record<Type, EventType>>;
  /** How long the vendor waits for our answer; ingest spends up to this minus 1 s on SQS. */
  readonly answerWithinMs: number;
  /**
   * Whether the vendor sends a request again that was answered 5xx. If it does not, what SQS refuses is kept in the bucket
   * and answered 2xx (docs/delivery.md, rule 8).
   *
   * @default true
   */
  readonly retries?: boolean;
  /** Whether the vendor checks that a refusal has an empty body. @default false */
  readonly refusesBare?: boolean;
  /** Judges a request by its exact bytes. Never throws for a bad signature. */
  verify(request: SourceRequest, context: VerifyContext<Connection>): Verdict | Promise<Verdict>;
  /** Answers a vendor's check of the URL; undefined when the request is not one. */
  handshake?(
    request: SourceRequest,
    context: VerifyContext<Connection>,
  ): Handshake | undefined | Promise<Handshake | undefined>;
  /** Splits verified bytes into events. May throw: that is `unreadable`. */
  read(received: Received): ReadResult;
  /**
   * What of a verified request is read, and travels: for a vendor that signs the URL and may put its data there.
   *
   * @default the body
   */
  bodyOf?(request: SourceRequest): Buffer;
  /** Decodes an event's bytes for a flow. May throw: that is `validation`. Default: JSON. */
  payload?(body: Buffer, contentType: string): unknown;
  /** How a sample is written down. Default: JSON. */
  encode?(sample: unknown): string;
  /** Signs a body as the vendor would: for samples, never used to judge ourselves. */
  sign(sample: Sample<Type>, vendor: Vendor): Signed;
  /**
   * Makes both sides of a new connection, for samples on a laptop. Default: a random `secret`, which both sides hold.
   *
   * @param random A fresh text of 32 characters of `[A-Za-z0-9]`.
   */
  pair?(random: () => string): Pair<Vendor>;
};

/** A connector configured under a name. It owns one URL, `/v1/webhooks/<name>`, and one secret. */
export type Source<Type extends string = string> = {
  readonly name: string;
  /** Phantom: carries the event types for the compiler. */
  readonly type?: Type;
  readonly definition: AnySource;
};

/** A connector, whatever its vendor's side of a connection holds. */
export type AnySource = SourceDefinition<unknown, string, unknown>;

/** Further event types of the vendor that flows want to name. */
export type SourceOptions<More extends string> = { readonly types?: readonly More[] };

/** Defines a connector; the result configures it under a name. Names: lower case, digits and dashes, up to 40. */
export function source<Connection, Type extends string, Vendor = Connection>(
  definition: SourceDefinition<Connection, Type, Vendor>,
): <const More extends string = never>(name: string, options?: SourceOptions<More>) => Source<Type | More> {
  return (name, options = {}) => {
    // Nothing is known of such a type, so it counts as the least that an event can be.
    const more = Object.fromEntries(
      (options.types ?? []).map((type) => [type, { shape: 'hint', sample: () => undefined }]),
    );
    const types = Object.entries<EventType>({ ...more, ...definition.types });
    const configured = {
      ...definition,
      types: Object.fromEntries(types.map(([type, event]) => [type, hinting(event, definition.proof)])),
    };
    return { name, definition: configured as unknown as AnySource };
  };
}

/**
 * Two events of equal bytes may be one, and an unsigned body may be anybody's: such an event says no more than that
 * something happened.
 */
const hinting = (type: EventType, proof: AnySource['proof']): EventType =>
  type.identity === 'content' || proof === 'credential' ? { ...type, shape: 'hint' } : type;

/** The bytes of an event as a flow's payload, before its schema. */
export function payloadOf(definition: AnySource, body: Buffer, contentType: string): unknown {
  return definition.payload ? definition.payload(body, contentType) : JSON.parse(body.toString('utf8'));
}
