/**
 * The shape of a source connector: the code that receives from one vendor.
 *
 * A connector never touches the network, a clock or the environment: what it needs is passed in. It fits every kind of
 * sender we know: fetched keys (`verify` may be async and has `fetchKey`), handshakes by GET, HEAD, OPTIONS or POST,
 * many events in one request, several valid secrets, signed URLs, form bodies, and other transports than HTTP (`read`
 * and `payload` know nothing of HTTP).
 */
import type { StandardSchema } from './standard-schema.ts';

export type Method = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT';

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

/** What `verify` says. Only `valid` lets a request in; the others are for our log and metric, never for the sender. */
export type Verdict = 'valid' | 'missing-header' | 'malformed-header' | 'bad-signature' | 'stale' | 'wrong-credential';

export type VerifyContext<Connection> = {
  /** Every connection that is valid now, newest first: during rotation there are two. A match with any is enough. */
  readonly secrets: readonly Connection[];
  /** The source's URL as configured at the vendor, for schemes that sign it. */
  readonly publicUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Fetches a vendor's public key or certificate by URL; the caller caches it. Rejects when it cannot be had. */
  readonly fetchKey: (url: string) => Promise<string>;
};

/** One event of a request. */
export type SourceEvent = {
  /** The vendor's name of what happened, as flows list it. */
  readonly type: string;
  /** The vendor's own id as given, or null. */
  readonly eventId: string | null;
  /** What the ledger dedupes on: unique within the source, the same at every retry of the vendor. */
  readonly key: string;
  /** When it happened, in the vendor's own notation, or null. */
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

/** `response` replaces the plain 200, for vendors that demand certain words back. */
export type ReadResult =
  | { readonly events: readonly SourceEvent[]; readonly response?: HttpAnswer }
  | { readonly unreadable: string };

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
   * (functions/sources/body.ts, `contentKey`). They count as hints, whatever their shape, and a flow that takes them may
   * not perform what cannot be repeated (docs/delivery.md, rule 7).
   */
  readonly identity?: 'content';
  /** A realistic body of our own writing; undefined for a type that only a company's `systems.ts` names. */
  readonly sample: (fresh: Fresh) => unknown;
};

export type SourceDefinition<Connection, Type extends string> = {
  /** The vendor's name: also the file's. */
  readonly kind: string;
  /** What the secret of such a source holds. */
  readonly connection: StandardSchema<Connection>;
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
  /** Judges a request by its exact bytes. Never throws for a bad signature. */
  verify(request: SourceRequest, context: VerifyContext<Connection>): Verdict | Promise<Verdict>;
  /** Answers a vendor's check of the URL; undefined when the request is not one. */
  handshake?(
    request: SourceRequest,
    context: VerifyContext<Connection>,
  ): HttpAnswer | undefined | Promise<HttpAnswer | undefined>;
  /** Splits verified bytes into events. May throw: that is `unreadable`. */
  read(received: Received): ReadResult;
  /** Decodes an event's bytes for a flow. May throw: that is `validation`. Default: JSON. */
  payload?(body: Buffer, contentType: string): unknown;
  /** Signs a body as the vendor would: for samples, never used to judge ourselves. */
  sign(sample: { type: Type; body: string; fresh: Fresh }, connection: Connection): { headers: Record<string, string> };
};

/** A connector configured under a name. It owns one URL, `/v1/webhooks/<name>`, and one secret. */
export type Source<Type extends string = string> = {
  readonly name: string;
  /** Phantom: carries the event types for the compiler. */
  readonly type?: Type;
  readonly definition: SourceDefinition<unknown, string>;
};

/** Further event types of the vendor that flows want to name. */
export type SourceOptions<More extends string> = { readonly types?: readonly More[] };

/** Defines a connector; the result configures it under a name. Names: lower case, digits and dashes, up to 40. */
export function source<Connection, Type extends string>(
  definition: SourceDefinition<Connection, Type>,
): <const More extends string = never>(name: string, options?: SourceOptions<More>) => Source<Type | More> {
  return (name, options = {}) => {
    // Nothing is known of such a type, so it counts as the least that an event can be.
    const more = Object.fromEntries(
      (options.types ?? []).map((type) => [type, { shape: 'hint', sample: () => undefined }]),
    );
    const types = Object.entries<EventType>({ ...more, ...definition.types });
    const configured = {
      ...definition,
      types: Object.fromEntries(types.map(([type, event]) => [type, hinting(event)])),
    };
    return { name, definition: configured as unknown as SourceDefinition<unknown, string> };
  };
}

/** Two events of equal bytes may be one: so such an event says no more than that something happened. */
const hinting = (type: EventType): EventType => (type.identity === 'content' ? { ...type, shape: 'hint' } : type);

/** The bytes of an event as a flow's payload, before its schema. */
export function payloadOf(definition: SourceDefinition<unknown, string>, body: Buffer, contentType: string): unknown {
  return definition.payload ? definition.payload(body, contentType) : JSON.parse(body.toString('utf8'));
}
