/** What kept a command from being done. The code decides the exit code; `next` says what to do. */
export class OperatorError extends Error {
  readonly code: 'no-hub' | 'wrong-use' | 'not-found' | 'failed' | 'laptop-only' | 'mistake';
  readonly next: string;

  constructor(code: OperatorError['code'], message: string, next: string) {
    super(message);
    this.name = 'OperatorError';
    this.code = code;
    this.next = next;
  }
}
