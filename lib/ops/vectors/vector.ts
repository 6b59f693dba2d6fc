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
