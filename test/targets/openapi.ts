import { Ajv, type ValidateFunction } from 'ajv';
import type { HttpRequest } from '../../functions/core/target.ts';

type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null;
type Node = Record<string, unknown>;

/** What a vendor's document says of a request: `'valid'`, or the first thing that is wrong with it. */
export type Judge = (request: HttpRequest) => string;

/**
 * Judges requests by an OpenAPI 3.0 document: path, method, content type and body, forms included.
 *
 * Objects are closed: a field that the document does not name is wrong, though a vendor may silently drop it.
 * @throws Error at once for a request schema that does not compile, which many judges take for one that accepts anything.
 */
export function judgeBy(document: Json): Judge {
  const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: false });
  ajv.addSchema(closed(document) as Node, 'document');
  const operations = Object.entries((document as Node).paths as Node).flatMap(([path, methods]) =>
    Object.entries(methods as Node).map(([method, definition]) => ({
      matches: pathPattern(path),
      method: method.toUpperCase(),
      bodies: compileBodies(ajv, path, method, definition as Node),
    })),
  );
  return ({ method, path, headers = {}, body }) => {
    const samePath = operations.filter(({ matches }) => matches.test(path.split('?')[0]!));
    if (samePath.length === 0) return `no path for ${path}`;
    const operation = samePath.find((each) => each.method === method);
    return operation ? judgeBody(operation.bodies, headers['content-type'], body) : `no ${method} at ${path}`;
  };
}

function judgeBody(bodies: Map<string, ValidateFunction>, contentType = '', body: HttpRequest['body']): string {
  if (bodies.size === 0) return body === undefined ? 'valid' : 'a body where there is none';
  const validate = bodies.get(contentType);
  if (!validate) return `content type ${JSON.stringify(contentType)} instead of ${[...bodies.keys()].join(', ')}`;
  const text = String(body);
  const value: unknown = contentType.endsWith('json')
    ? JSON.parse(text)
    : Object.fromEntries(new URLSearchParams(text));
  if (validate(value)) return 'valid';
  const { instancePath, message, params } = validate.errors![0]!;
  return `body${instancePath} ${message} ${JSON.stringify(params)}`;
}

function compileBodies(ajv: Ajv, path: string, method: string, definition: Node): Map<string, ValidateFunction> {
  const content = ((definition.requestBody as Node | undefined)?.content ?? {}) as Node;
  const pointer = (...parts: string[]) =>
    parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  return new Map(
    Object.keys(content).map((type) => {
      const at = pointer('paths', path, method, 'requestBody', 'content', type, 'schema');
      return [type, ajv.compile({ $ref: `document#/${at}` })];
    }),
  );
}

const pathPattern = (path: string) =>
  new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`);

/** The same document in which an object schema with `properties` allows no others. */
function closed(value: Json): Json {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, closed(each)]));
  const isOpenObject = copy.type === 'object' && copy.properties && copy.additionalProperties === undefined;
  return isOpenObject ? { ...copy, additionalProperties: false } : copy;
}
