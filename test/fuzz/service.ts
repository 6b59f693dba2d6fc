import type { Random } from './random.ts';
import type { Urls } from './start-server.ts';
import type { Answer, HttpRequest } from './wire.ts';

/** One emulated service as the fuzzer sees it. */
export type FuzzedService = {
  name: string;
  endpoint: keyof Urls;
  /** A request with all that the service's own format allows, right or wrong; damage below that format comes later. */
  request(random: Random): HttpRequest;
  /** What is wrong with an answer; undefined when it is one that the service may give. */
  complaint(answer: Answer, request: HttpRequest): string | undefined;
};

export const authorization = (service: string): [string, string] => [
  'authorization',
  `AWS4-HMAC-SHA256 Credential=fuzzer/20261120/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
];

/** @returns undefined when it is no JSON. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The front's own refusal of what names no service; it has no service's format. */
export function isFrontRefusal({ status, body }: Answer): boolean {
  return status === 400 && (parseJson(body) as { __type?: string } | undefined)?.__type === 'NotEmulatedException';
}
