/** JSON bodies that must survive being taken apart. */

/** ECMAScript's "JSON.parse source text access", which Node has and TypeScript's library does not declare yet. */
type Source = { readonly source?: string };
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};
const parse = JSON.parse as (
  text: string,
  reviver: (name: string, value: unknown, context: Source) => unknown,
) => unknown;

/**
 * Parses JSON so that writing it again gives back every number as it stood: `35.0`, and ids of more digits than a
 * JavaScript number has.
 *
 * @throws SyntaxError
 */
export function parseExactly(body: Buffer | string): unknown {
  return parse(body.toString(), (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isPlain(value, source) ? rawJSON(source) : value,
  );
}

/** Whether it is written as JavaScript would, and so small that no other number could have become the same. */
const isPlain = (value: number, source: string) =>
  String(value) === source && Math.abs(value) <= Number.MAX_SAFE_INTEGER;

/** The bytes of one event of a batch that `parseExactly` parsed. */
export const partOf = (item: unknown): Buffer => Buffer.from(JSON.stringify(item));

/** The text of a number that `parseExactly` kept as it stood. */
export const exactNumber = (value: unknown): string | undefined => (isRawJSON(value) ? value.rawJSON : undefined);
