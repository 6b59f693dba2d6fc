/** Thrown by a case, or by what it asks for, when it cannot run here; the message says why. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}
