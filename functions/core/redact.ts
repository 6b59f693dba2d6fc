const MAX_LENGTH = 200;
/** Longer texts are cut before they are searched: patterns take long on them. */
const MAX_READ = 2_000;

/**
 * A vendor's error text, fit to be stored and logged: e-mail addresses, long tokens and long numbers are masked, line
 * breaks flattened, and it is cut to 200 characters.
 */
export function redact(text: string): string {
  return text
    .slice(0, MAX_READ)
    .replace(/\s+/g, ' ')
    .replace(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, '<email>')
    .replace(/\b(?=[A-Za-z0-9_\-+/=]*\d)[A-Za-z0-9_\-+/=]{20,}/g, '<token>')
    .replace(/\b\d{7,}\b/g, '<number>')
    .trim()
    .slice(0, MAX_LENGTH);
}

/** An error for a log line: its name and its text, redacted. */
export const describeError = (error: unknown) =>
  redact(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
