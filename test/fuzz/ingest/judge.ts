/**
 * Who is right at the door: each scheme once more, written from the vendors' pages alone and by nothing of the connectors.
 *
 * It says only whether a request is genuine; the connector may refuse one that is, where a mutation does not forbid it.
 */
import type { HttpAnswer, SourceRequest } from '../../../functions/core/source.ts';
import type { Draft } from './draft.ts';

const MAX_BODY_BYTES = 10_000_000;
const METHODS_WITH_BODY = ['POST', 'PUT'];

/** A request as it stands before the connector. */
export type Arrival = {
  readonly request: SourceRequest;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The source's URL as configured at the vendor, without its query. */
  readonly publicUrl: string;
};

/** `handshake`: a vendor's check of the URL, which is answered, and publishes nothing. */
export type Judgement = 'genuine' | 'handshake' | 'forged';

export type Scheme = {
  /** The header that holds the signature or the credential, in lower case; absent where neither is in a header. */
  readonly signature?: string;
  /** Further headers that prove the same: without `signature`, they may still be right. */
  readonly others?: readonly string[];
  /** The header with a time that is signed, if any. It may be the signature's own. */
  readonly time?: string;
  /** Whether a header of that name, in lower case, decides if and as what a request is taken. */
  readonly reads: (name: string) => boolean;
  /** The methods that the vendor uses; handshakes included. */
  readonly methods: readonly string[];
  /** `signed`: each byte of it. `read`: it decides, but not byte by byte. `free`: anything is taken. */
  readonly body: 'signed' | 'read' | 'free';
  /** The URL as configured, without its query. `signed`, `read` as for the body; `unread`: it does not matter. */
  readonly url: 'signed' | 'read' | 'unread';
  readonly query: 'signed' | 'read' | 'unread';
  /** Judges a request of one of the methods; its body is neither too large nor, where one is due, empty. */
  readonly judge: (arrival: Arrival) => Judgement;
  /** Makes a draft genuine, as the sender would at the draft's time: it signs it, or shows its credential. */
  readonly sign: (draft: Draft) => Draft;
  /** How many events a genuine body holds, where one may hold several; undefined when the vendor's page does not tell. */
  readonly items?: (body: Buffer) => number | undefined;
  /** Whether a key may be fetched from there. Without it, none may be fetched. */
  readonly mayAsk?: (url: string) => boolean;
  /** Whether a handshake was answered as the vendor demands. */
  readonly isAnswered?: (answer: HttpAnswer, arrival: Arrival) => boolean;
  /** Bodies that must not be taken, whoever sends them. */
  readonly forbidden?: readonly Buffer[];
  /** What a stranger may try who knows the vendor's page: a right signature of a wrong kind, a key of his own. */
  readonly tricks?: readonly ((draft: Draft) => Draft)[];
};

export function judge(scheme: Scheme, arrival: Arrival): Judgement {
  const { method, body } = arrival.request;
  if (!scheme.methods.includes(method) || body.length > MAX_BODY_BYTES) return 'forged';
  if (body.length === 0 && METHODS_WITH_BODY.includes(method)) return 'forged';
  return scheme.judge(arrival);
}
