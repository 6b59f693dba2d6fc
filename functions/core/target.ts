/**
 * The shape of a target connector: the code that writes to one vendor.
 *
 * An operation is data and pure functions. Calling it (`crm.upsertContact({ email })`) builds a `Call`, a plain value, and
 * does nothing; the engine (`perform.ts`) alone is on the network.
 */
import type { ErrorClass } from './delivery-error.ts';
import type { StandardSchema } from './standard-schema.ts';

/**
 * How an operation may be repeated when its outcome is not known.
 *
 * - `upsert`: by an external id; repeating it changes nothing.
 * - `key`: the vendor drops a repeat by our idempotency key, and remembers keys for `keyLifetimeHours`.
 * - `lookup`: our delivery id is written into a field that a read finds again; `settleMs` is the vendor's longest
 *   processing plus the lag of its index. @default 5 minutes
 * - `none`: it cannot; the flow says what to do (`ifUnknown`).
 */
export type Repeatable =
  | { readonly by: 'upsert' }
  | { readonly by: 'key'; readonly keyLifetimeHours: number }
  | { readonly by: 'lookup'; readonly settleMs?: number }
  | { readonly by: 'none' };

/** For a `none` call whose outcome is not known: stop for a human, repeat it, or drop it. */
export type IfUnknown = 'stop' | 'repeat' | 'drop';

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the connection's base URL, beginning with `/`, percent-encoded where needed. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

export type HttpResponse = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** What a vendor's refusal means. */
export type Failure = {
  readonly errorClass: ErrorClass;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  /** Narrows what the status alone says: did the call surely have no effect (`refused`), or can we not know? */
  readonly outcome?: 'refused' | 'unknown';
};

export type CallContext<Connection> = {
  readonly connection: Connection;
  readonly deliveryId: string;
  /** Stable for this delivery, step, generation and round: base64url SHA-256, 43 characters. */
  readonly idempotencyKey: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** A limit of its own for each key, such as one message a second and channel. */
export type Paced<Input> = {
  key(input: Input): string;
  readonly requests: number;
  readonly perMs: number;
};
export type Fields = Readonly<Record<string, string | number | boolean | null>>;
/** What is written into a record, or said of it. */
export type RecordFields = { readonly entity: string; readonly fields: Fields };

type Common<Input, Result, By extends Repeatable['by']> = {
  readonly input: StandardSchema<Input>;
  /** What the vendor allows this operation below the target's own limit. @default only the target's limit */
  readonly paced?: Paced<Input>;
  readonly repeatable: Extract<Repeatable, { by: By }>;
  /**
   * What it leaves in the vendor's record, in the names of the vendor's own events: by these an event that tells us of our
   * own change is known as an echo. `entity` tells records of different kinds apart.
   */
  writes?(input: Input, result: Result): RecordFields;
  /** A realistic input and result, for `syncline try` and generated tests. */
  readonly sample: { readonly input: Input; readonly result: Result };
};

/**
 * What asks the vendor whether an earlier call took effect. A `lookup` operation must have one; one with a `key` may, for
 * when the vendor's memory of keys has run out.
 */
type LooksUp<By extends Repeatable['by'], LookUp> = By extends 'lookup'
  ? { readonly lookUp: LookUp }
  : { readonly lookUp?: LookUp };

export type HttpLookUp<Connection, Input, Result> = {
  /** A read that finds what carries our delivery id. */
  request(input: Input, context: CallContext<Connection>): HttpRequest;
  /** Of a 2xx; undefined: there is nothing. A 404 says the same without asking. */
  result(response: HttpResponse): Result | undefined;
};

/** An operation over HTTP: pure functions from input to request and from a 2xx response to a result. */
export type HttpOperation<Connection, Input, Result, By extends Repeatable['by']> = Common<Input, Result, By> &
  LooksUp<By, HttpLookUp<Connection, Input, Result>> & {
    request(input: Input, context: CallContext<Connection>): HttpRequest;
    /**
     * Ids and small scalars, at most 300 bytes as JSON. May throw: an unreadable answer is an unknown outcome. May return
     * a `Failure` for what a vendor reports inside a 2xx.
     */
    result(response: HttpResponse): Result | { failure: Failure };
    /** Writes many in one call, where the vendor can. */
    readonly batch?: {
      readonly max: number;
      request(inputs: readonly Input[], context: CallContext<Connection>): HttpRequest;
      results(response: HttpResponse): readonly (Result | { failure: Failure })[];
    };
  };

/** `signal` is aborted when the call has taken too long: how it ended is not known then. */
export type ClientContext = CallContext<unknown> & { readonly signal: AbortSignal };

/** An operation that is not HTTP (SFTP, SQL, S3): `client` comes from the target's `open`. */
export type ClientOperation<Input, Result, By extends Repeatable['by']> = Common<Input, Result, By> &
  LooksUp<By, (client: unknown, input: Input, context: ClientContext) => Promise<Result | undefined>> & {
    run(client: unknown, input: Input, context: ClientContext): Promise<Result>;
  };

export type OperationDefinition<Connection, Input, Result, By extends Repeatable['by']> =
  | HttpOperation<Connection, Input, Result, By>
  | ClientOperation<Input, Result, By>;

// biome-ignore lint/suspicious/noExplicitAny: the shelf holds operations of every input; each states its own.
export type AnyOperationDefinition = OperationDefinition<any, any, any, Repeatable['by']>;

/** How a connection authenticates its calls. OAuth 2 joins as a second scheme. */
export type Auth<Connection> = {
  readonly scheme: 'headers';
  headers(connection: Connection): Readonly<Record<string, string>>;
};

/** A cheap authenticated read, made while the target is parked. */
export type Probe<Connection> = {
  /** @returns undefined when this connection has nothing that can be read. */
  request(connection: Connection): HttpRequest | undefined;
  /** What a vendor reports inside a 2xx; may throw when it cannot be read. @default every 2xx is healthy */
  failure?(response: HttpResponse): Failure | undefined;
};

export type TargetDefinition<Connection, Operations> = {
  /** The vendor's name: also the file's. */
  readonly kind: string;
  /** What the secret of such a target holds. */
  readonly connection: StandardSchema<Connection>;
  /** Where calls go: an origin with an optional path, without a trailing slash. */
  baseUrl(connection: Connection): string;
  readonly auth: Auth<Connection>;
  /** What the vendor allows one connection. Calls are spread evenly over the time, and over all who share it. */
  readonly limit: { readonly requests: number; readonly perMs: number };
  /** Maps the vendor's own errors; undefined leaves it to the HTTP table (`classify.ts`). */
  classify?(response: HttpResponse): Failure | undefined;
  /** Shows whether the target is healthy; without it, only an operator ends a park for `auth` or `circuit`. */
  readonly probe?: Probe<Connection>;
  /** Opens the client of operations that are not HTTP. */
  open?(connection: Connection): Promise<unknown>;
  /** What a sandbox connection holds besides its `baseUrl`. */
  readonly sandbox: Readonly<Record<string, string>>;
  readonly operations: Operations;
};

declare const resultType: unique symbol;

/** One operation with its input: a plain value that the engine performs. `Id` is `<kind>.<operation>`. */
export type Call<Id extends string = string, Result = unknown> = {
  readonly id: Id;
  readonly target: Target;
  readonly operation: string;
  readonly input: unknown;
  readonly [resultType]?: Result;
};

export type ResultOf<SomeCall> = SomeCall extends Call<string, infer Result> ? Result : never;

/** An operation of a configured target, as flows name it. */
export type Operation<
  Id extends string = string,
  Input = never,
  Result = unknown,
  By extends Repeatable['by'] = Repeatable['by'],
> = ((input: Input) => Call<Id, Result>) & {
  readonly id: Id;
  readonly target: Target;
  readonly operation: string;
  readonly repeatableBy: By;
};

/** A connector configured under a name; it owns one secret. */
export type Target = {
  readonly name: string;
  readonly definition: TargetDefinition<unknown, Readonly<Record<string, AnyOperationDefinition>>>;
};

type Operations<Kind extends string, Definitions> = {
  readonly [Name in keyof Definitions & string]: Definitions[Name] extends OperationDefinition<
    infer _Connection,
    infer Input,
    infer Result,
    infer By
  >
    ? Operation<`${Kind}.${Name}`, Input, Result, By>
    : never;
};

/** Defines a connector; the result configures it under a name and has a function for each operation. */
export function target<
  const Kind extends string,
  Connection,
  Definitions extends Readonly<Record<string, AnyOperationDefinition>>,
>(
  definition: TargetDefinition<Connection, Definitions> & { readonly kind: Kind },
): (name: string) => Target & Operations<Kind, Definitions> {
  return (name) => {
    const configured = { name, definition: definition as unknown as Target['definition'] };
    const operations = Object.entries(definition.operations).map(([operation, { repeatable }]) => {
      const id = `${definition.kind}.${operation}`;
      const call = (input: unknown): Call => ({ id, target: configured, operation, input });
      return [operation, Object.assign(call, { id, target: configured, operation, repeatableBy: repeatable.by })];
    });
    return { ...configured, ...Object.fromEntries(operations) };
  };
}

/** Types one operation of a target: the input from its schema, the result from `result`. */
export const operation = <Connection>() => {
  return <Input, Result extends object, const By extends Repeatable['by']>(
    definition: HttpOperation<Connection, Input, Result, By>,
  ): HttpOperation<Connection, Input, Result, By> => definition;
};

export function definitionOf(call: Call): AnyOperationDefinition {
  return call.target.definition.operations[call.operation]!;
}
