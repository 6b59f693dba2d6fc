/** What a fuzzer does to a good request. */
import type { Random } from './random.ts';
import type { HttpRequest } from './wire.ts';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Texts that stand for what cannot be written as a value here: `toText` writes it. */
const DEEP = '\u{f0000}deep';
const RAW = '\u{f0000}raw';

const LONG = 70_000;

/** Values of every type and of no sense. */
export function junk(random: Random): Json {
  const kinds: (() => Json)[] = [
    () => null,
    () => random.percent(50),
    () => random.pick([0, -1, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 1e-320, 20, 100_000]),
    () => random.pick(['', ' ', 'x', '0', '-1', 'true', 'null', '1e999', '9'.repeat(60), '1'.repeat(400)]),
    () => random.pick(['\0', 'a\0b', '\ud800', '\udfff\ud800', '\uffff', '\u202e', '💥'.repeat(9), '\r\nx: y', 'ÿ']),
    () =>
      random.pick(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '../../etc/passwd', '%00', '{}', '[]']),
    () => random.pick(['arn:aws:sqs:eu-central-1:000000000000:x', 'arn:', 'http://', 'AWS.x', "'; --", '<a>&']),
    () => 'x'.repeat(random.pick([256, 2_049, LONG])),
    () => [],
    () => ({}),
    () => [random.pick([null, 0, '', {}])],
    () => own(random.pick(['', 'S', '__proto__', 'constructor']), random.pick([null, 0, '', {}, []])),
    () => `${DEEP}${random.pick(['[', '{'])}${random.pick([40, 2_000, 20_000])}`,
    () => `${RAW}${random.pick(['1e999', '-0', '123456789012345678901234567890', '"\\ud800"', '{"a":1,"a":2}'])}`,
    () => Array.from({ length: random.pick([11, 26, 101, 1_001]) }, () => 'x'),
  ];
  return random.pick(kinds)();
}

/** Also where the name is `__proto__`. */
function own(name: string, value: Json): Json {
  return Object.defineProperty({}, name, { value, enumerable: true, configurable: true, writable: true }) as Json;
}

/** One to three changes anywhere in the value. */
export function mutate(value: Json, random: Random): Json {
  let changed = structuredClone(value);
  for (let left = 1 + random.int(3); left > 0; left--) changed = mutateOnce(changed, random);
  return changed;
}

type Place = { parent: Json[] | { [name: string]: Json }; name: string };

function mutateOnce(value: Json, random: Random): Json {
  const places: Place[] = [];
  collect(value, places);
  const place = places.length > 0 && !random.percent(4) ? random.pick(places) : undefined;
  if (!place) return junk(random);
  const { parent, name } = place;
  const old = Reflect.get(parent, name) as Json;
  const changes = [
    () => set(parent, name, junk(random)),
    () => set(parent, name, junk(random)),
    () => Reflect.deleteProperty(parent, name),
    () => set(parent, random.pick(['Unknown', '__proto__', 'constructor', '', name.toLowerCase()]), junk(random)),
    () => set(parent, name, [old, old]),
    () => set(parent, name, { [name]: old }),
    () => set(parent, name, typeof old === 'string' ? Number(old) || old.length : String(old)),
    () => set(parent, name, typeof old === 'string' ? old + random.pick([' ', '\0', 'ü', '/', ':', '(', 'x']) : old),
  ];
  random.pick(changes)();
  return value;
}

const set = (parent: object, name: string, value: Json) =>
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });

function collect(value: Json, places: Place[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const name of Object.keys(value)) {
    places.push({ parent: value, name });
    collect(Reflect.get(value, name) as Json, places);
  }
}

export function toText(value: Json): string {
  return JSON.stringify(value)
    .replace(/"\u{f0000}deep(.)(\d+)"/gu, (_, open: string, depth: string) => nest(open, Number(depth)))
    .replace(/"\u{f0000}raw((?:[^"\\]|\\.)*)"/gu, (_, raw: string) => JSON.parse(`"${raw}"`) as string);
}

const nest = (open: string, depth: number) =>
  open === '[' ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"M":'.repeat(depth)}null${'}'.repeat(depth)}`;

/** Damage below the level of values: what is left may be no JSON and no UTF-8. */
export function damage(body: Buffer, random: Random): Buffer {
  const at = random.int(body.length + 1);
  const insert = (bytes: Buffer | string) =>
    Buffer.concat([body.subarray(0, at), Buffer.from(bytes), body.subarray(at)]);
  return random.pick([
    () => body.subarray(0, at),
    () => insert(random.bytes(1 + random.int(8))),
    () => insert(Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80, 0xff])),
    () => insert(random.pick(['\ufeff', '\0', ',', '"', '}', 'NaN', '/* */', "'", '\n'])),
    () => Buffer.concat([body, body]),
    () => random.bytes(random.int(200)),
    () => Buffer.alloc(0),
    () => Buffer.from(random.pick(['null', '[]', '1', '"x"', '{', '{"a"', 'undefined', '\ufeff{}', '{}{}', '[[[['])),
  ])();
}

const TARGETS = ['/', '//', '/%', '/%00', '/..%2f..', '/?', '/?%', '/?a=%ff&a', '/x?y#z', '*', 'http://h/p', '/\xff'];
const NAMES = ['__proto__', 'constructor', 'x-amz-target', 'authorization', 'content-type', 'expect', 'range', 'host'];
const VALUES = ['', ' ', '\xff\xfe', '100-continue', 'x'.repeat(9_000), 'a, b', 'bytes=0-0', '[', ':::', '-1', 'é;q=x'];

/** Damage to the request line and the headers. */
export function mutateHead(request: HttpRequest, random: Random): HttpRequest {
  const { headers, target } = request;
  const index = random.int(headers.length);
  const replaced = (value: string) =>
    headers.map(([name, old], at): [string, string] => [name, at === index ? value : old]);
  const added = (...more: [string, string][]) => ({ ...request, headers: [...headers, ...more] });
  return random.pick([
    () => ({ ...request, method: random.pick(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'LOCK']) }),
    () => ({ ...request, target: random.pick(TARGETS) }),
    () => ({
      ...request,
      target: `${target}${random.pick(['%', '%zz', '/', '//', '?x', '&constructor=1', '%00', '/../x'])}`,
    }),
    () => ({ ...request, target: `${target}${'/x'.repeat(random.pick([10, 600, 3_000]))}` }),
    () => ({ ...request, headers: headers.filter((_, at) => at !== index) }),
    () => ({ ...request, headers: replaced(random.pick(VALUES)) }),
    () => ({ ...request, headers: replaced((headers[index]?.[1] ?? '').slice(0, random.int(40))) }),
    () => added([headers[index]?.[0] ?? 'x', random.pick(VALUES)]),
    () => added([random.pick(NAMES), random.pick(VALUES)]),
    () => added(...Array.from({ length: 150 }, (_, number): [string, string] => [`x-${number}`, 'y'])),
  ])();
}
