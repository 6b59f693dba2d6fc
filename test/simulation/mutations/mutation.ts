/** A mistake that somebody could make with good intentions: texts of the project, each replaced where it stands, once. */
export type Mutation = { readonly name: string; readonly edits: readonly Edit[] };

/** `file`: its path in the project. */
export type Edit = readonly [file: string, from: string, to: string];

export const core = (file: string, from: string, to: string): Edit => [`functions/core/${file}.ts`, from, to];
