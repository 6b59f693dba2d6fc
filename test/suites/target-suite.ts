import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../functions/core/delivery-error.ts';
import { type CallSettings, perform } from '../../functions/core/perform.ts';
import type { Http } from '../../functions/core/ports.ts';
import { check } from '../../functions/core/standard-schema.ts';
import type {
  Call,
  CallContext,
  HttpOperation,
  HttpResponse,
  Repeatable,
  Target,
} from '../../functions/core/target.ts';
import { openGate } from '../memory/gate.ts';
import { memoryClock, memoryHttp, memorySecrets } from '../memory/others.ts';

type Answer = Awaited<ReturnType<Http['send']>>;
type AnyOperation = HttpOperation<unknown, unknown, object, Repeatable['by']>;

/** An answer of a vendor as a test writes it: `body` is text, or else JSON. */
export type WrittenAnswer = { status: number; headers?: Record<string, string>; body?: unknown };

/** One line of a vendor's table of errors: what it answers, and what the engine must make of it. */
export type ErrorCase = {
  name: string;
  operation: string;
  answer: WrittenAnswer;
  expected: { errorClass: string; code: string; outcome: string; retryAfterMs?: number };
};

export type TargetSuiteOptions = {
  /** The connector under any name. */
  target: Target;
  /** A usable secret. */
  connection: object;
  /** A realistic 2xx answer for each operation and the result it must become. */
  answers: Record<string, { answer: WrittenAnswer; result: object }>;
  errors: readonly ErrorCase[];
};

export const NOW = '2026-11-20T00:00:00Z';
const MAX_RESULT_BYTES = 300;

/** What every target must do, over every one of its operations. */
export function targetSuite({ target, connection, answers, errors }: TargetSuiteOptions): void {
  const { kind, operations } = target.definition;
  describe(`target ${kind}`, () => {
    it('has a realistic answer for every operation', () => {
      expect(Object.keys(answers).sort()).toEqual(Object.keys(operations).sort());
    });

    it('accepts its sandbox connection', async () => {
      const sandbox = { ...target.definition.sandbox, baseUrl: `http://127.0.0.1:4100/${target.name}` };

      expect(await check(target.definition.connection, sandbox)).toMatchObject({ value: sandbox });
    });

    it('refuses a connection with a key it does not know', async () => {
      const checked = await check(target.definition.connection, { ...connection, colour: 'red' });

      expect(checked).toMatchObject({ problems: [expect.stringContaining('colour')] });
    });

    for (const name of Object.keys(operations)) {
      describe(name, () => operationSuite(target, name, connection, answers[name]!));
    }

    it.each(errors)('$name', async ({ operation, answer, expected }) => {
      const { error } = await run(target, operation, connection, answered(answer));

      expect(seen(error)).toEqual({ retryAfterMs: undefined, ...expected });
    });
  });
}

function operationSuite(
  target: Target,
  name: string,
  connection: object,
  { answer, result }: { answer: WrittenAnswer; result: object },
): void {
  const operation = target.definition.operations[name] as AnyOperation;
  const { by } = operation.repeatable;
  const careful = by === 'none' || by === 'lookup';

  it('accepts its sample input and refuses a key it does not know', async () => {
    const sample = operation.sample.input as object;

    expect(await check(operation.input, sample)).toMatchObject({ value: sample });
    expect(await check(operation.input, { ...sample, colour: 'red' })).toHaveProperty('problems');
  });

  it('makes the same request of the same input', async () => {
    const context = await contextOf(target, connection);

    const [one, other] = [1, 2].map(() => operation.request(operation.sample.input, context));

    expect(one).toEqual(other);
    expect(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).toContain(one!.method);
    expect(one!.path).toMatch(/^\/[\x21-\x7e]*$/);
  });

  it('returns ids and small scalars', async () => {
    const done = await run(target, name, connection, answered(answer));

    for (const small of [result, operation.sample.result]) {
      expect(Buffer.byteLength(JSON.stringify(small))).toBeLessThanOrEqual(MAX_RESULT_BYTES);
      expect(Object.values(small).every((value) => typeof value !== 'object')).toBe(true);
    }
    expect(done).toMatchObject({ result, error: undefined });
  });

  it(careful ? 'is marked open before it is sent' : 'is never marked open', async () => {
    const { order } = await run(target, name, connection, answered(answer));

    expect(order).toEqual(careful ? ['marked', 'sent'] : ['sent']);
  });

  it('is refused by a 400', async () => {
    const { error } = await run(target, name, connection, answered({ status: 400, body: '<html>' }));

    expect(seen(error)).toMatchObject({ errorClass: 'validation', code: 'http-400', outcome: 'refused' });
  });

  it.each<{ when: string; answer: Answer }>([
    { when: 'a 503', answer: answered({ status: 503, body: '<html>' }) },
    { when: 'a broken connection', answer: { kind: 'unknown', reason: 'ECONNRESET' } },
  ])(`${careful ? 'stops as unknown' : 'may be repeated'} after $when`, async ({ answer: given }) => {
    const { error } = await run(target, name, connection, given);

    expect(seen(error)).toMatchObject({ errorClass: careful ? 'unknown' : 'transient', outcome: 'unknown' });
  });

  it('waits when it could not be sent', async () => {
    const { error } = await run(target, name, connection, { kind: 'not-sent', reason: 'ECONNREFUSED' });

    expect(seen(error)).toMatchObject({ errorClass: 'transient', code: 'not-sent', outcome: 'not-sent' });
  });
}

export type Performed = {
  result: object | undefined;
  error: DeliveryError | undefined;
  order: string[];
  sent: ReturnType<typeof memoryHttp>['sent'];
};

/** Performs an operation with its sample input against one answer. Anything but a `DeliveryError` is the test's failure. */
export async function run(target: Target, operation: string, connection: object, answer: Answer): Promise<Performed> {
  const { sample } = target.definition.operations[operation]!;
  const id = `${target.definition.kind}.${operation}`;
  return runCall({ id, target, operation, input: sample.input }, connection, answer);
}

export async function runCall(
  call: Call,
  connection: object,
  answer: Answer,
  settings: Partial<CallSettings> = {},
): Promise<Performed> {
  const order: string[] = [];
  const clock = memoryClock(NOW);
  const { secrets } = memorySecrets({ [`target/${call.target.name}`]: [connection] });
  const { http, sent } = memoryHttp(() => {
    order.push('sent');
    return answer;
  });
  const markOpen = async () => void order.push('marked');
  const all = { ...SETTINGS, deadline: clock.now() + 30_000, markOpen, ...settings };
  try {
    return {
      result: await perform(call, all, { http, secrets, clock, gate: openGate }),
      error: undefined,
      order,
      sent,
    };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return { result: undefined, error, order, sent };
  }
}

const SETTINGS = { deliveryId: 'delivery-1', step: 'result', generation: 0, round: 0 };

export function answered({ status, headers = {}, body = '' }: WrittenAnswer): Answer {
  return { kind: 'answered', response: responseOf({ status, headers, body }) };
}

export function responseOf({ status, headers = {}, body = '' }: WrittenAnswer): HttpResponse {
  return { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

export const seen = (error: DeliveryError | undefined) =>
  error && {
    ...{ errorClass: error.errorClass, code: error.code, outcome: error.outcome, retryAfterMs: error.retryAfterMs },
  };

/** What `request` is given, with the connection as its schema makes it. */
export async function contextOf(target: Target, connection: object): Promise<CallContext<unknown>> {
  const checked = await check(target.definition.connection, connection);
  if ('problems' in checked) throw new Error(checked.problems.join('; '));
  const idempotencyKey = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg';
  return { connection: checked.value, deliveryId: 'delivery-1', idempotencyKey, now: Date.parse(NOW) };
}
