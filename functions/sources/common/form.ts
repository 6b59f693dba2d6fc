/** Bodies of `application/x-www-form-urlencoded`. */

export const FORM = 'application/x-www-form-urlencoded';

/** The fields of a form in the order sent; a name may occur twice. */
export const fieldsOf = (body: Buffer): [name: string, value: string][] => [
  ...new URLSearchParams(body.toString('utf8')),
];

/**
 * A form with PHP's names as an object: `data[merges][FNAME]=Ada` is `{ data: { merges: { FNAME: 'Ada' } } }`. Of a name
 * that occurs twice, the last counts, as in PHP; `name[]` goes on where a list ends.
 */
export function formObject(body: Buffer): Record<string, unknown> {
  const root: Fields = Object.create(null);
  const ends = new Map<object, number>();
  for (const [name, value] of fieldsOf(body)) place(root, pathOf(name), value, ends);
  return root;
}

/** An object as such a form. Lists are written as `name[0]`, absent values not at all. */
export function formOf(value: object): string {
  const fields = new URLSearchParams();
  append(fields, '', value);
  return fields.toString();
}

type Fields = Record<string, unknown>;

function pathOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open < 1 || !name.endsWith(']')) return [name];
  return [name.slice(0, open), ...name.slice(open + 1, -1).split('][')];
}

/** @param ends Where the next entry of a list goes. */
function place(root: Fields, path: readonly string[], value: string, ends: Map<object, number>): void {
  let inner = root;
  for (const [at, name] of path.entries()) {
    const end = ends.get(inner) ?? 0;
    const key = name === '' ? String(end) : name;
    if (/^\d{1,15}$/.test(key)) ends.set(inner, Math.max(end, Number(key) + 1));
    if (at === path.length - 1) inner[key] = value;
    else {
      if (typeof inner[key] !== 'object') inner[key] = Object.create(null);
      inner = inner[key] as Fields;
    }
  }
}

function append(fields: URLSearchParams, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'object') fields.append(name, String(value));
  else for (const [key, inner] of Object.entries(value)) append(fields, name === '' ? key : `${name}[${key}]`, inner);
}
