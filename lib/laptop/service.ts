import type { Readable } from 'node:stream';

/**
 * What an emulated AWS service looks like to the front.
 *
 * The front (`front.ts`) is one HTTP server for all services. It finds the service in the credential scope of the
 * `Authorization` header, the caller in its access key id, and hands over one `AwsRequest`.
 */

/** Who calls: a function, under the role the template gives it, or the account's administrator (any other key). */
export type Principal = { kind: 'administrator' } | { kind: 'role'; roleName: string };

/** One call of the AWS API. */
export type AwsRequest = {
  /** From `X-Amz-Target`, without its prefix (`SendMessage`); empty for REST services (S3, Lambda). */
  operation: string;
  method: string;
  /** Still percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Empty when the body is in `bodyStream`. */
  body: Buffer;
  /** For a service with `streamsBodies`: the body as it comes from the socket, to be read once, in part or not at all. */
  bodyStream?: AsyncIterable<Buffer>;
  principal: Principal;
};

export type AwsResponse = {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** In place of `body`, sent as fast as the caller reads. The front destroys it when it is not sent to its end. */
  bodyStream?: Readable;
};

/** One emulated service. */
export type Service = {
  /** As in the credential scope: `sqs`, `dynamodb`, `s3`, `secretsmanager`, `lambda`. */
  name: string;
  /** Whether it is handed `bodyStream`, so that it meets bodies of any size. @default false */
  streamsBodies?: boolean;
  /** Answers every request; an error becomes an answer in the service's own wire format, never a rejection. */
  handle(request: AwsRequest): Promise<AwsResponse>;
  close(): Promise<void>;
};

/** An error that the service's API documents: `code` is the name under which an SDK caller catches it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error's JSON body, such as `CancellationReasons`. */
  readonly fields: Record<string, unknown>;

  constructor(code: string, message: string, options: { status?: number; fields?: Record<string, unknown> } = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}

/** What the laptop leaves out it refuses by name rather than pretends. */
export const notEmulated = (service: string, what: string) =>
  new AwsError(
    'NotEmulatedException',
    `[syncline] [laptop] ${service}: ${what} is not emulated on the laptop. See docs/laptop.md.`,
  );
