import { type Fault, type FaultKind, FaultMistake, fieldsOf, kinds, readFault } from './fault.ts';

/** How an option is written, the field it sets, and how its value is read. */
type OptionForm = { field: string; read: (text: string) => unknown };

const text = (value: string) => value;
const units = new Map(Object.entries({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }));

const options: Record<string, OptionForm> = {
  for: { field: 'forMs', read: milliseconds },
  probability: { field: 'probability', read: Number },
  times: { field: 'times', read: Number },
  operation: { field: 'operation', read: text },
  'per-second': { field: 'perSecond', read: Number },
  status: { field: 'status', read: Number },
  after: { field: 'afterMs', read: milliseconds },
  at: { field: 'service', read: text },
  moment: { field: 'moment', read: text },
};

/** What `by` is differs: how long a call waits, how wrong a clock is. */
const byField: Partial<Record<FaultKind, string>> = { delay: 'delayMs', 'skew-clock': 'skewMs' };

/**
 * A fault in the form of the command line, `<kind>:<service or function>:<option>=<value>:…`:
 *
 * - `throttle:dynamodb:for=30s`, `throttle:sqs:operation=SendMessage:per-second=5`
 * - `fail:s3:status=503:times=2`, `refuse-connections:sqs:for=10s`
 * - `delay:secretsmanager:by=200ms:probability=0.5`, `drop-answer:sqs:operation=SendMessage:times=1`
 * - `kill-function:deliver-orders:after=500ms`, `kill-function:deliver-orders:at=dynamodb:moment=after`
 * - `skew-clock:deliver-orders:by=-5m`
 *
 * A time has a unit: `ms`, `s`, `m`, `h` or `d`.
 *
 * @throws FaultMistake that names what is wrong and what there is.
 */
export function parseFault(given: string): Fault {
  const [kind = '', subject, ...parts] = given.split(':');
  if (!kinds.includes(kind as FaultKind)) return readFault({ kind });
  const isOfFunction = fieldsOf(kind as FaultKind).includes('functionName');
  const fields = parts.map((part) => parseOption(part, kind as FaultKind));
  const place = subject ? { [isOfFunction ? 'functionName' : 'service']: subject } : {};
  return readFault({ kind, ...place, ...Object.fromEntries(fields) });
}

function parseOption(part: string, kind: FaultKind): [string, unknown] {
  const [name = '', value] = part.split('=');
  const known = optionsOf(kind);
  const form = Object.hasOwn(known, name) && known[name];
  if (form && value) return [form.field, form.read(value)];
  const names = Object.keys(known);
  const problem = form ? `option '${name}' has no value` : `${kind} has no option '${name}'`;
  throw new FaultMistake(problem, `the options of ${kind} are ${names.map((each) => `${each}=…`).join(', ')}`);
}

/** Those whose field a fault of this kind has; `at` is how a fault of a function names a service. */
function optionsOf(kind: FaultKind): Record<string, OptionForm> {
  const by = byField[kind];
  const fields = fieldsOf(kind);
  const own = fields.includes('functionName') ? fields : fields.filter((field) => field !== 'service');
  const entries = Object.entries(options).filter(([, { field }]) => own.includes(field));
  return Object.fromEntries(by ? [...entries, ['by', { field: by, read: milliseconds }]] : entries);
}

/** `30s` -> 30000. */
function milliseconds(given: string): number {
  const [, amount, unit = ''] = /^(-?\d+(?:\.\d+)?)([a-z]+)$/.exec(given) ?? [];
  const factor = units.get(unit);
  if (amount && factor) return Number(amount) * factor;
  throw new FaultMistake(`'${given}' is no time`, `write a number and one of ${[...units.keys()].join(', ')}: 30s`);
}
