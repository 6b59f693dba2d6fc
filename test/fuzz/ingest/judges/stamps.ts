/** Notations of the time that is signed. */
export type Notation = {
  readonly write: (epochMs: number) => string;
  /** Milliseconds since the epoch; undefined for what nobody writes. */
  readonly read: (text: string) => number | undefined;
};

const digits = (text: string) => (/^[0-9]{1,15}$/.test(text) ? Number(text) : undefined);

export const seconds: Notation = {
  write: (epochMs) => String(Math.floor(epochMs / 1_000)),
  read: (text) => (text.length <= 12 && digits(text) !== undefined ? Number(text) * 1_000 : undefined),
};

export const milliseconds: Notation = { write: String, read: digits };

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const RFC_2822 = /^(\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT)$/;

export const iso: Notation = {
  write: (epochMs) => isoOf(epochMs).replace(/\.\d+Z$/, 'Z'),
  read: (text) => (ISO.test(text) ? dateOf(text) : undefined),
};

export const rfc2822: Notation = {
  write: (epochMs) => new Date(clamped(epochMs)).toUTCString().replace('GMT', '+0000'),
  read: (text) => (RFC_2822.test(text) ? dateOf(text) : undefined),
};

const dateOf = (text: string) => {
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : epochMs;
};
/** A year beyond 9999 has no such notation. */
const clamped = (epochMs: number) => Math.min(epochMs, 253_402_300_799_000);
const isoOf = (epochMs: number) => new Date(clamped(epochMs)).toISOString();
