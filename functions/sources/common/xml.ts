/** Bodies of XML, as strictly as strangers' XML is to be read. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element's attributes as `@name` and its children by name, both without namespace: text, an element, or a list. */
export type Xml = Readonly<Record<string, unknown>>;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const TEXT = '#text';
/** Far more than vendors' messages have. */
const MAX_DEPTH = 30;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: TEXT,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // Ids of digits alone, `035.0` and `true` are text to us.
  parseTagValue: false,
  trimValues: false,
  maxNestedTags: MAX_DEPTH,
  entityDecoder: {
    decode: (text) => text.replace(/&([^;\s]*);?/g, (written, name) => decoded(written, name)),
    setExternalEntities: () => {},
    addInputEntities: () => {},
    reset: () => {},
    setXmlVersion: () => {},
  },
});

/**
 * Parses XML in UTF-8, whatever it says of itself.
 *
 * @throws Error when it is not well-formed, has a document type declaration, or an entity that is not XML's own: nothing is
 *   ever fetched or expanded.
 */
export function parseXml(body: Buffer): Xml {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new Error('XML with a document type declaration is refused');
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new Error(`the XML is not well-formed, at line ${valid.err.line}`);
  return parser.parse(text);
}

/** The one element at a path; undefined when there is none, or several, or text. */
export function elementOf(xml: Xml, ...path: readonly string[]): Xml | undefined {
  let element: unknown = xml;
  for (const name of path) element = isElement(element) ? element[name] : undefined;
  return isElement(element) ? element : undefined;
}

/** The elements of a name, of which there may be any number. */
export const elementsOf = (xml: Xml, name: string): Xml[] =>
  [Object.hasOwn(xml, name) ? xml[name] : []].flat().map((element) => (isElement(element) ? element : {}));

/** What an element says, without its attributes: text, or its children; null when it is `xsi:nil`. */
export function contentOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(contentOf);
  if (!isElement(value)) return value;
  if (value['@nil'] === 'true') return null;
  const children = Object.entries(value).filter(([name]) => name !== TEXT && !name.startsWith('@'));
  if (children.length === 0) return value[TEXT] ?? '';
  return Object.fromEntries(children.map(([name, child]) => [name, contentOf(child)]));
}

export const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const isElement = (value: unknown): value is Xml =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function decoded(written: string, name: string): string {
  const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  if (written.endsWith(';') && Object.hasOwn(ENTITIES, name)) return ENTITIES[name]!;
  if (written.endsWith(';') && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
  throw new Error('the XML has an entity that is not its own');
}
