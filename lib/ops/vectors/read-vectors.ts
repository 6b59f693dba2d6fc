import { readFileSync } from 'node:fs';
import { OperatorError } from '../operator-error.ts';

/** The vectors of a file, unchecked. @throws OperatorError when it holds no list. */
export function readVectors(file: string): readonly unknown[] {
  const next = 'give a file with a JSON list of vectors, in the shape of lib/ops/vectors/vector.ts';
  const list = parse(textOf(file, next), file, next);
  if (Array.isArray(list)) return list;
  throw new OperatorError('failed', `${file} holds no list`, next);
}

function textOf(file: string, next: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new OperatorError('not-found', `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`, next);
  }
}

/** JSON's own message would quote the file, which may hold secrets. */
function parse(text: string, file: string, next: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new OperatorError('failed', `${file} is not JSON`, next);
  }
}
