/** Why a call of the control API is refused; `next` says what to do. */
export class ControlError extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: string;

  constructor(status: number, code: string, message: string, next: string) {
    super(`[syncline] [control] ${message}`);
    this.name = 'ControlError';
    this.status = status;
    this.code = code;
    this.next = next;
  }
}

export const wrongInput = (message: string, next: string) => new ControlError(400, 'wrong-input', message, next);
