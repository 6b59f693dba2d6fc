/**
 * Salesforce outbound messages.
 *
 * Nothing is signed: the URL given to Salesforce carries a token, of which we keep the hash, and the message must name our
 * organization. SOAP 1.1 with 1 to 100 notifications, each with the latest state of one record: changes in between are
 * lost, order is not kept, and the same may come twice, so all are hints. It is answered by `<Ack>true</Ack>`. The
 * session id that a message may carry is passed to nobody, and its URLs are not believed.
 * Sources: developer.salesforce.com, "Understanding Notifications"; the answer's form from other receivers; read 2026-11-21.
 */
import * as z from 'zod/mini';
import { type Fresh, source } from '../core/source.ts';
import { firstText } from './common/body.ts';
import { tokenConnection, tokenPair, tokenQuery, verifyToken } from './common/credential.ts';
import { partOf } from './common/json.ts';
import { utc } from './common/time.ts';
import { contentOf, elementOf, elementsOf, escapeXml, parseXml, type Xml } from './common/xml.ts';

/** Ids have 15 characters, or 18 of which the last three only check the others. */
const SHORT_ID_LENGTH = 15;
/** What the samples' organization is called. */
const SAMPLE_ORGANIZATION = '00D000000000001EAA';

export const salesforce = source({
  kind: 'salesforce',
  sheet: {
    vendor: 'Salesforce outbound messages',
    needs: [
      { field: 'token', what: 'a token of 24 characters or more for the URL; only its hash is kept', isSecret: true },
      { field: 'organizationId', what: 'Setup → Company Information, of 15 or 18 characters', isSecret: false },
    ],
    signs: 'nothing: a token in the URL, and the OrganizationId in the message',
    window: 'none',
    batch: '1 to 100 notifications',
    identity: '`Id` of the notification; a retry keeps it',
    entity: '`Id` of the record',
    occurredAt: '`LastModifiedDate` of the record, else `SystemModstamp`, if the message has that field',
    answer: '200 with an acknowledgement as XML; anything else is sent again',
    redelivery: 'for 24 h, up to 2 h apart',
    setUp: [
      'Setup → Outbound Messages → New: the object, and as endpoint the source’s URL with ?token=<token>.',
      'Choose the fields that flows need, LastModifiedDate among them; do not send the session ID.',
      'Let a record-triggered flow send the message.',
    ],
    rotation: ['SET the new token here: both work for 7 days', 'change the endpoint URL of every outbound message'],
    oddities: [
      { date: '2026-11-21', what: 'only the latest state is sent, in no order: read the record before you act' },
      { date: '2026-11-21', what: 'Change Data Capture and platform events are no webhooks, and are not received' },
      { date: '2026-11-21', what: 'secondary: Salesforce can show a client certificate; we do not ask for it' },
    ],
    judged: {
      documentation: 'developer.salesforce.com, "Understanding Notifications"; secondary: the acknowledgement',
    },
  },
  connection: tokenConnection({ organizationId: z.string().check(z.minLength(1)) }),
  proof: 'credential',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    Account: {
      shape: 'state',
      sample: (fresh) => message('Account', '001', fresh, { Name: 'Lovelace & Babbage Ltd' }),
    },
    Contact: {
      shape: 'state',
      sample: (fresh) => message('Contact', '003', fresh, { LastName: 'Lovelace', FirstName: 'Ada' }),
    },
    Opportunity: {
      shape: 'state',
      sample: (fresh) =>
        message('Opportunity', '006', fresh, { Name: 'Engine No. 1', StageName: 'Closed Won', Amount: '129.5' }),
    },
  },
  verify(request, context) {
    const verdict = verifyToken(request, context);
    if (verdict !== 'valid') return verdict;
    const organization = organizationOf(request.body);
    if (organization === undefined) return 'malformed-credential';
    // The token and the organization must be of one connection.
    const secrets = context.secrets.filter(({ organizationId }) => isSameId(organizationId, organization));
    return verifyToken(request, { ...context, secrets });
  },
  read({ body }) {
    const events = notificationsIn(body);
    return {
      items: events.length,
      events: events.map((event) => {
        const { id, type, sObject } = event;
        const at = firstText(sObject, ['LastModifiedDate', 'SystemModstamp']);
        return {
          type,
          eventId: id,
          key: id,
          occurredAt: at === undefined ? null : utc(at),
          entityId: firstText(sObject, 'Id') ?? null,
          part: partOf(event),
        };
      }),
      response: { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: ACKNOWLEDGEMENT },
    };
  },
  payload: (body) =>
    body.subarray(0, 1).toString() === '{' ? JSON.parse(body.toString('utf8')) : notificationsIn(body)[0],
  encode: (sample) => envelopeOf(sample as Notification),
  sign: (_sample, vendor: { token: string }) => ({
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    query: tokenQuery(vendor),
  }),
  pair: (random) => tokenPair(random, { organizationId: SAMPLE_ORGANIZATION }),
});

/** What flows get: a notification without the session that its message may have carried. */
type Notification = {
  readonly id: string;
  readonly type: string;
  readonly organizationId: string;
  readonly actionId: string | null;
  readonly sObject: Readonly<Record<string, unknown>>;
};

const MESSAGE_PATH = ['Envelope', 'Body', 'notifications'];

const ACKNOWLEDGEMENT = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>',
  '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>',
  '</soapenv:Body></soapenv:Envelope>',
].join('');

const isSameId = (one: string, other: string) =>
  one === other ||
  (Math.min(one.length, other.length) === SHORT_ID_LENGTH &&
    one.slice(0, SHORT_ID_LENGTH) === other.slice(0, SHORT_ID_LENGTH));

/** The organization that a message names, if it is one. */
function organizationOf(body: Buffer): string | undefined {
  try {
    return textIn(messageIn(body), 'OrganizationId');
  } catch {
    return undefined;
  }
}

function messageIn(body: Buffer): Xml {
  const message = elementOf(parseXml(body), ...MESSAGE_PATH);
  if (!message) throw new Error(`there is no ${MESSAGE_PATH.join('/')}`);
  return message;
}

function textIn(xml: Xml, name: string): string {
  const text = firstText(xml, name);
  if (text === undefined) throw new Error(`a ${name} is missing`);
  return text;
}

function notificationsIn(body: Buffer): Notification[] {
  const message = messageIn(body);
  return elementsOf(message, 'Notification').map((notification) => {
    const sObject = elementOf(notification, 'sObject') ?? {};
    return {
      id: textIn(notification, 'Id'),
      type: textIn(sObject, '@type').split(':').at(-1)!,
      organizationId: textIn(message, 'OrganizationId'),
      actionId: firstText(message, 'ActionId') ?? null,
      sObject: contentOf(sObject) as Notification['sObject'],
    };
  });
}

function message(type: string, prefix: string, { id, number, now }: Fresh, fields: object): Notification {
  return {
    id: `04l${id.slice(0, 15)}`,
    type,
    organizationId: SAMPLE_ORGANIZATION,
    actionId: '04k000000000001EAA',
    sObject: { Id: `${prefix}00000${number}AAA`, ...fields, LastModifiedDate: now.toISOString() },
  };
}

function envelopeOf({ id, type, organizationId, actionId, sObject }: Notification): string {
  const fields = Object.entries(sObject).map(([name, value]) => `<sf:${name}>${escapeXml(String(value))}</sf:${name}>`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"',
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>',
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">',
    `<OrganizationId>${organizationId}</OrganizationId><ActionId>${actionId}</ActionId><SessionId xsi:nil="true"/>`,
    `<Notification><Id>${id}</Id>`,
    `<sObject xsi:type="sf:${type}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">${fields.join('')}</sObject>`,
    '</Notification></notifications></soapenv:Body></soapenv:Envelope>',
  ].join('');
}
