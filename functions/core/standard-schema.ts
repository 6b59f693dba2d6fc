/** The part of the Standard Schema interface (standardschema.dev, version 1) that we rely on. Zod, Valibot and ArkType have it. */
export type StandardSchema<Output = unknown> = {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
};

type Result<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<Issue> };

type Issue = {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
};

/**
 * Checks a value against a schema.
 *
 * @returns The parsed value, or the problems as `path: message`, never the values that were wrong.
 */
export async function check<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
): Promise<{ value: Output } | { problems: string[] }> {
  const result = await schema['~standard'].validate(value);
  return result.issues ? { problems: result.issues.map(describe) } : { value: result.value };
}

function describe(issue: Issue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return path ? `${path}: ${issue.message}` : issue.message;
}
