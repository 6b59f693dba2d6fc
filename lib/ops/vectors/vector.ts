import * as z from 'zod/mini';

/** A request as a vendor's own code signs it, with what must come of it: the input of `syncline verify --vectors`. */
export type Vector = {
  readonly id: string;
  readonly scheme: string;
  readonly description: string;
  readonly request: {
    /** An HTTP method, or `SQS` or `EVENTBRIDGE`. */
    readonly method: string;
    readonly url: string;
    /** A list stands for several header lines of one name. */
    readonly headers: Readonly<Record<string, string | readonly string[]>>;
    readonly body?: string;
    readonly bodyBase64?: string;
  };
  /** Newest first. */
  readonly secrets: readonly string[];
  /** What the scheme needs besides: certificates, keys, credentials, settings. */
  readonly keys?: Readonly<Record<string, unknown>>;
  /** Unix seconds. */
  readonly now: number;
  readonly toleranceSeconds: number | null;
  readonly expected: 'accept' | 'reject';
  readonly eventId: string | null;
  readonly eventType: string | null;
  readonly events?: readonly ExpectedEvent[];
  readonly expectedResponse?: ExpectedResponse;
};

export type ExpectedEvent = {
  readonly eventId: string | null;
  readonly eventType: string;
  readonly occurredAt: string | null;
  readonly entityId: string | null;
};

export type ExpectedResponse = {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly bodyAlternatives?: readonly string[];
  readonly bodyContains?: string;
  readonly enqueued?: number;
};

const Header = z.union([z.string(), z.array(z.string())]);
const orNothing = <Schema extends z.core.$ZodType>(schema: Schema) =>
  z.pipe(
    z.optional(z.nullable(schema)),
    z.transform((value) => value ?? undefined),
  );

const Request = z.object({
  method: z.string().check(z.minLength(1)),
  url: z._default(z.string(), ''),
  headers: z._default(z.record(z.string(), Header), {}),
  body: orNothing(z.string()),
  bodyBase64: orNothing(z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/))),
});

/** What judging needs of a vector; what it is to be compared with later may be missing. */
const Judged = z.object({
  id: z.string(),
  scheme: z.string(),
  request: Request,
  secrets: z._default(z.array(z.string()), []),
  keys: orNothing(z.record(z.string(), z.unknown())),
  now: z.number(),
  toleranceSeconds: z._default(z.nullable(z.number()), null),
});

/** @returns The vector, or what keeps a value from being one. */
export function readVector(value: unknown): { readonly vector: Vector } | { readonly problem: string } {
  const read = z.safeParse(Judged, value);
  if (read.success) return { vector: { ...(value as Vector), ...(read.data as Partial<Vector>) } };
  return { problem: `not a vector: ${problemOf(read.error)}` };
}

/** @returns The request, or what keeps a value from being one. */
export function readRequest(value: unknown): Pick<Vector, 'request'> | { readonly problem: string } {
  const read = z.safeParse(Request, value);
  return read.success ? { request: read.data as Vector['request'] } : { problem: problemOf(read.error) };
}

function problemOf({ issues }: z.core.$ZodError): string {
  const places = issues.map(({ path }) => path.join('.')).filter((place) => place !== '');
  return places.length > 0 ? `see ${places.join(', ')}` : 'it is no object';
}
