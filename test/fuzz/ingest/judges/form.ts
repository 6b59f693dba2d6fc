/** Vendors that sign the URL with the fields of a form. */
import { parse, stringify } from 'node:querystring';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import { type Draft, withHeader } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { sha256 } from './hmac.ts';
import {
  arrivalOf,
  batchOf,
  fieldsOf,
  genuineIf,
  jsonOf,
  lengthOf,
  lineOf,
  mac,
  parameterOf,
  secretsOf,
  urlOf,
  withQuery,
} from './parts.ts';

const byName = ([one]: readonly string[], [two]: readonly string[]) => (one! < two! ? -1 : one! > two! ? 1 : 0);
const sha1 = (secret: string, text: string) => mac('sha1', secret, text).digest('base64');

/** The URL, then each field's name and value, the names in order. */
const mandrillText = (arrival: Arrival) => urlOf(arrival) + fieldsOf(arrival.request.body).sort(byName).flat().join('');

/** Its HEAD only asks whether the URL is there. */
export function mandrill(vector: Vector): Scheme {
  const header = 'x-mandrill-signature';
  const signs = vector.scheme === 'mandrill-head-check' ? 'unread' : 'signed';
  return {
    ...{ signature: header, methods: ['POST', 'HEAD'], body: 'read', url: signs, query: signs },
    reads: (name) => name === header || name === 'content-type',
    judge(arrival) {
      if (arrival.request.method === 'HEAD') return 'handshake';
      const text = mandrillText(arrival);
      const line = lineOf(arrival.request.headers, header);
      return genuineIf(secretsOf(vector).some((secret) => sha1(secret, text) === line));
    },
    sign: (draft) => withHeader(draft, header, sha1(secretsOf(vector)[0]!, mandrillText(arrivalOf(draft)))),
    items(body) {
      const [events, ...more] = fieldsOf(body).flatMap(([name, value]) => (name === 'mandrill_events' ? [value] : []));
      return events === undefined || more.length > 0 ? undefined : lengthOf(jsonOf(Buffer.from(events)));
    },
  };
}

const HEADER = 'x-twilio-signature';
const BODY_HASH = 'bodySHA256';

/**
 * A form's fields are signed with the URL; of another body, a hash is in the URL. What comes by GET is the URL alone, so
 * that a body beside it is nobody's.
 */
export function twilio(vector: Vector): Scheme {
  const isForm = vector.scheme === 'twilio-form';
  const isGenuine = (arrival: Arrival) => {
    const { request } = arrival;
    const line = lineOf(request.headers, HEADER);
    const hash = parameterOf(request.rawQuery, BODY_HASH);
    if (hash === undefined ? request.method === 'GET' && request.body.length > 0 : hash !== sha256(request.body)) {
      return false;
    }
    const fields = hash === undefined ? twilioFields(request.body) : '';
    return secretsOf(vector).some((secret) => writingsOf(arrival).some((url) => sha1(secret, url + fields) === line));
  };
  return {
    ...{ signature: HEADER, methods: ['POST', 'GET'], body: isForm ? 'read' : 'signed', url: 'signed', query: 'read' },
    reads: (name) => [HEADER, 'i-twilio-idempotency-token', 'content-type'].includes(name),
    judge: (arrival) => genuineIf(isGenuine(arrival)),
    // Its streams of events come in arrays.
    ...(!isForm && { items: (body) => batchOf(jsonOf(body)) }),
    sign: (draft) => signed(isForm ? draft : hashed(draft), secretsOf(vector)[0]!),
    // The URL's own signature is right for a GET, and says nothing of a body.
    tricks: ['GET', 'POST'].map((method) => (draft: Draft) => {
      const bare = signed({ ...draft, method, rawQuery: 'a=b', body: Buffer.alloc(0) }, secretsOf(vector)[0]!);
      return withHeader({ ...bare, body: Buffer.from('{"id":"EZ1"}') }, 'content-type', 'application/json');
    }),
  };
}

const hashed = (draft: Draft): Draft => ({ ...draft, rawQuery: `${BODY_HASH}=${sha256(draft.body)}` });

function signed(draft: Draft, secret: string): Draft {
  const fields = parameterOf(draft.rawQuery, BODY_HASH) === undefined ? twilioFields(draft.body) : '';
  return withHeader(draft, HEADER, sha1(secret, urlOf(arrivalOf(draft)) + fields));
}

/** The names in order, and of each the distinct values in order. */
function twilioFields(body: Buffer): string {
  const lines = fieldsOf(body).map(([name, value]) => [name, value] as const);
  const names = [...new Set(lines.map(([name]) => name))].sort();
  const valuesOf = (wanted: string) => [...new Set(lines.flatMap(([name, value]) => (name === wanted ? [value] : [])))];
  return names
    .flatMap((name) =>
      valuesOf(name)
        .sort()
        .map((value) => name + value),
    )
    .join('');
}

/** The URL as it is; with or without the port that is the usual one; its query written anew. */
function writingsOf({ publicUrl, request: { rawQuery } }: Arrival): string[] {
  const [, start = '', host = '', port, path = ''] = /^(https?:\/\/)([^/:]*)(:\d+)?(.*)$/.exec(publicUrl) ?? [];
  const usual = start === 'http://' ? ':80' : ':443';
  const others = start === '' ? [] : [`${start}${host}${path}`, `${start}${host}${port ?? usual}${path}`];
  const queries = [rawQuery, stringify(parse(rawQuery))];
  return [publicUrl, ...others].flatMap((url) => queries.map((query) => withQuery(url, query)));
}
