/** Senders that show a credential, or come by a queue of ours, and of whom the body still has to fit the connection. */
import type { SourceRequest } from '../../../../functions/core/source.ts';
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import type { Scheme } from '../judge.ts';
import { hasToken, urlToken } from './credential.ts';
import { genuineIf, jsonOf, memberInAnyCase, memberOf } from './parts.ts';
import { unpacked } from './unpacked.ts';

/** As it came, and unpacked: it is plain for one of the two at most. */
const writings = (request: SourceRequest) => [request.body, unpacked(request) ?? request.body];

const EVIL_URLS = [
  'https://ssapi.shipstation.com.evil.example.net/orders',
  'https://ssapi.shipstation.com@evil.example.net/orders',
  'http://ssapi.shipstation.com/orders',
  'http://169.254.169.254/latest/meta-data/',
  'https://evil.example.net\\@ssapi.shipstation.com/orders',
  'https://evil.example.net/#@ssapi.shipstation.com',
  'file:///etc/passwd',
];

/** Its `resource_url` is to be fetched with our credentials. What names none can lead nobody astray. */
export function shipstationV1(vector: Vector): Scheme {
  const hosts = (vector.keys?.resourceHosts ?? []) as readonly string[];
  const isHarmless = (text: unknown) => {
    const url = typeof text === 'string' ? URL.parse(text) : null;
    const { protocol, username, password, port, hostname = '' } = url ?? {};
    return protocol === 'https:' && `${username}${password}${port}` === '' && hosts.includes(hostname);
  };
  return urlToken(vector, {
    body: 'read',
    judge(arrival) {
      const url = memberOf(jsonOf(unpacked(arrival.request)), 'resource_url');
      return genuineIf(hasToken(vector, arrival) && (url === undefined || isHarmless(url)));
    },
    forbidden: EVIL_URLS.map((resource_url) =>
      Buffer.from(JSON.stringify({ resource_url, resource_type: 'ORDER_NOTIFY' })),
    ),
  });
}

const ORGANIZATION = /<OrganizationId>([^<]*)<\/OrganizationId>/g;
const END = /<\/[\w.-]+:Envelope\s*>\s*$/;

/** Only from the connection's organisation, whole, and without a document type, which could make it read anything. */
export function salesforce(vector: Vector): Scheme {
  const own = String(vector.keys?.organizationId);
  const body = Buffer.from(vector.request.body ?? Buffer.from(vector.request.bodyBase64 ?? '', 'base64')).toString();
  const isFit = (bytes: Buffer) => {
    const text = bytes.toString();
    const organizations = [...text.matchAll(ORGANIZATION)].map(([, id]) => id);
    return (
      organizations[0] === own && new Set(organizations).size === 1 && !text.includes('<!DOCTYPE') && END.test(text)
    );
  };
  return urlToken(vector, {
    body: 'read',
    judge: (arrival) => genuineIf(hasToken(vector, arrival) && writings(arrival.request).some(isFit)),
    items: (bytes) => bytes.toString().match(/<Notification[\s>]/g)?.length,
    forbidden: [
      body.replace(ORGANIZATION, '<OrganizationId>00D000000000001EAA</OrganizationId>'),
      body.replace(ORGANIZATION, '<!--$&--><OrganizationId>00D000000000001EAA</OrganizationId>'),
      body.replace(/^(<\?xml[^>]*>)?/, '$1<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
      body.replace(/<\/[^<]*$/, ''),
    ].map((text) => Buffer.from(text)),
  });
}

/** Who may send is the queue's or the bus's to say; the notification has to be our application's. */
export function spApi(vector: Vector): Scheme {
  const { method } = vector.request;
  const own = vector.keys?.applicationId;
  const isOurs = (body: Buffer) => {
    const value = jsonOf(body);
    const metadata = memberInAnyCase(memberOf(value, 'detail') ?? value, 'NotificationMetadata');
    const id = memberInAnyCase(metadata, 'NotificationId');
    return memberInAnyCase(metadata, 'ApplicationId') === own && ['string', 'number'].includes(typeof id) && id !== '';
  };
  const foreign = { ApplicationId: 'amzn1.sellerapps.app.other', NotificationId: 'n' };
  const others = [{}, foreign, { ApplicationId: own }].map((NotificationMetadata) => ({ NotificationMetadata }));
  return {
    ...{ methods: ['SQS', 'EVENTBRIDGE'], body: 'read', url: 'unread', query: 'unread' },
    reads: () => false,
    judge: ({ request }) => genuineIf(writings(request).some(isOurs)),
    sign: (draft) => draft,
    // What came over the bus is in an envelope of Amazon's.
    items: () => 1,
    forbidden: others
      .map((value) => (method === 'EVENTBRIDGE' ? { detail: value } : value))
      .map((value) => Buffer.from(JSON.stringify(value))),
  };
}
