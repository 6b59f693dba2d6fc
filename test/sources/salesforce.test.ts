import { describe, expect, test } from 'vitest';
import type { Pair } from '../../functions/core/source.ts';
import { salesforce } from '../../functions/sources/salesforce.ts';
import { fresh, sourceSuite } from '../suites/source-suite.ts';

const source = salesforce('salesforce');
const { definition } = source;
const organizationId = '00D000000000001EAA';
const pair = (token: string) => definition.pair!(() => token);
const current = pair('y0WkTi4oR67ASA4rRYzgMC2NHkrTZR6O');

sourceSuite('salesforce', {
  source,
  proofIn: 'query',
  checksBody: true,
  current,
  previous: pair('8CkQXR8jpAPxPiRrgRTZMRV8y6mxkC8i'),
});

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">`;
const TAIL = '</notifications></soapenv:Body></soapenv:Envelope>';
const messageOf = (inner: string, organization = `<OrganizationId>${organizationId}</OrganizationId>`) =>
  `${HEAD}${organization}<ActionId>04k1</ActionId><SessionId>a session</SessionId>${inner}${TAIL}`;
const notification = (id: string, fields: string, type = 'sf:Account') =>
  `<Notification><Id>${id}</Id><sObject xsi:type="${type}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">${fields}</sObject></Notification>`;

describe('a Salesforce message', () => {
  const verify = (body: string | Buffer, connection: unknown = current.connection) =>
    definition.verify(
      { method: 'POST', rawQuery: `token=${tokenOf(current)}`, headers: {}, body: Buffer.from(body as string) },
      { secrets: [connection], publicUrl: '', now: 0, fetchKey: async () => Promise.reject(new Error('none')) },
    );
  const message = messageOf(notification('04l1', '<sf:Id>001</sf:Id>'));

  test.each([
    ['ours', message, 'valid'],
    [
      'from an organization by its short id',
      messageOf('', '<OrganizationId>00D000000000001</OrganizationId>'),
      'valid',
    ],
    ['from another', messageOf('', '<OrganizationId>00D000000000002EAA</OrganizationId>'), 'wrong-credential'],
    ['of no organization', messageOf('', ''), 'malformed-credential'],
    ['of two', messageOf('', `<OrganizationId>${organizationId}</OrganizationId>`.repeat(2)), 'malformed-credential'],
    ['twice', message.replace(HEAD, '').replace(TAIL, '') + message, 'malformed-credential'],
    ['cut short', message.slice(0, -40), 'malformed-credential'],
    ['followed by something', `${message}x`, 'malformed-credential'],
    ['no XML', '{"OrganizationId":"00D000000000001EAA"}', 'malformed-credential'],
    ['not in UTF-8', Buffer.from(message, 'utf16le'), 'malformed-credential'],
    ['with a document type', message.replace('\n', '\n<!DOCTYPE x>\n'), 'malformed-credential'],
    ['with an entity of nobody', message.replace('04l1', '&e;'), 'malformed-credential'],
    ['with an entity of HTML', message.replace('04l1', '&eacute;'), 'malformed-credential'],
    ['with half an entity', message.replace('04l1', '&amp'), 'malformed-credential'],
    ['with a bottomless nest', messageOf('<a>'.repeat(1_000) + '</a>'.repeat(1_000)), 'malformed-credential'],
  ])('that is %s', async (_, body, expected) => {
    expect(await verify(body)).toBe(expected);
  });

  test('may be known by either form of the organization’s id', async () => {
    expect(await verify(message, { ...(current.connection as object), organizationId: '00D000000000001' })).toBe(
      'valid',
    );
    expect(await verify(message, { ...(current.connection as object), organizationId: '00D00000000000' })).toBe(
      'wrong-credential',
    );
  });
});

describe('Salesforce notifications', () => {
  const read = (body: string) => definition.read({ headers: {}, body: Buffer.from(body), acceptedAt: 0 });

  test('are one event each, and are acknowledged', () => {
    const fields = (id: string) =>
      `<sf:Id>${id}</sf:Id><sf:LastModifiedDate>2026-11-12T09:29:40.000Z</sf:LastModifiedDate>`;
    const result = read(
      messageOf(notification('04l1', fields('001')) + notification('04l2', fields('003'), 'sf:Engine__c')),
    );

    expect(result).toMatchObject({
      items: 2,
      events: [
        { type: 'Account', eventId: '04l1', key: '04l1', occurredAt: '2026-11-12T09:29:40.000Z', entityId: '001' },
        { type: 'Engine__c', eventId: '04l2', key: '04l2', entityId: '003' },
      ],
      response: { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } },
    });
    expect(result).toHaveProperty('response.body', expect.stringContaining('<Ack>true</Ack>'));
  });

  test('give flows the record’s fields as text, and no session', () => {
    const fields = `
      <sf:Id xsi:type="xsd:ID">001</sf:Id><sf:Name>M&#252;ller &amp; S&#xF6;hne &lt;1&gt;</sf:Name><sf:Amount>007.50</sf:Amount>
      <sf:Site xsi:nil="true"/><sf:Note></sf:Note><sf:Raw><![CDATA[a & b]]></sf:Raw>
      <sf:Owner><sf:Alias>ada</sf:Alias></sf:Owner>`;
    const result = read(messageOf(notification('04l1', fields)));
    const [event] = 'events' in result ? result.events : [];

    expect(definition.payload?.(event?.part ?? Buffer.alloc(0), 'text/xml')).toEqual({
      id: '04l1',
      type: 'Account',
      organizationId,
      actionId: '04k1',
      sObject: {
        Id: '001',
        Name: 'Müller & Söhne <1>',
        Amount: '007.50',
        Site: null,
        Note: '',
        Raw: 'a & b',
        Owner: { Alias: 'ada' },
      },
    });
  });

  test('have a payload before and after they are taken apart', () => {
    const sample = definition.types.Account!.sample(fresh(1));
    const body = Buffer.from(definition.encode!(sample));

    expect(definition.payload?.(body, 'text/xml')).toEqual(sample);
  });

  test('without an id or a type are unreadable, all of the message', () => {
    const good = notification('04l1', '<sf:Id>001</sf:Id>');

    expect(() => read(messageOf(`${good}<Notification><sObject xsi:type="sf:Account"/></Notification>`))).toThrow(
      'Id is missing',
    );
    expect(() => read(messageOf(`${good}<Notification><Id>04l2</Id></Notification>`))).toThrow('@type is missing');
  });

  test('may be none', () => {
    expect(read(messageOf(''))).toMatchObject({ events: [], items: 0 });
  });
});

const tokenOf = ({ vendor }: Pair<unknown>) => (vendor as { token: string }).token;
