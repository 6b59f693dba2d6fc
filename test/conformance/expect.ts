import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';

/** What a case claims; it works without a test runner. */
export type Expect = ReturnType<typeof createExpect>;

/** The name under which Syncline's services refuse what they leave out. */
export const isRefusal = (error: unknown) => (error as Error)?.name === 'NotEmulatedException';

/** @param patienceMs How long `soon` waits: AWS's counters and indexes lag. */
export function createExpect(patienceMs: number) {
  /** Repeats the check until it passes; fails with its last failure. */
  async function soon<Result>(check: () => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + patienceMs;
    for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 2000)) {
      try {
        return await check();
      } catch (error) {
        if (isRefusal(error) || Date.now() + pauseMs > deadline) throw error;
        await wait(pauseMs);
      }
    }
  }
  return { soon, ...immediate };
}

const immediate = {
  /** Deeply equal. */
  equal(actual: unknown, expected: unknown): void {
    assert.deepEqual(actual, expected);
  },
  /** Has at least these members. */
  like(actual: unknown, expected: object): void {
    assert.partialDeepStrictEqual(actual, expected);
  },
  that(condition: boolean, claim: string): void {
    assert.ok(condition, claim);
  },
  /** The call fails with one of these error codes, in the words of either of its protocols. @returns The error. */
  async error(call: Promise<unknown>, ...codes: string[]): Promise<SdkError> {
    const error = await call.then(
      () => assert.fail(`the call succeeded where ${codes.join(' or ')} was expected`),
      (thrown: SdkError) => thrown,
    );
    if (isRefusal(error)) throw error;
    const names = [error.name, error.Code ?? error.name].map(bare);
    const isExpected = codes.some((code) => names.includes(bare(code)));
    assert.ok(isExpected, `${codes.join(' or ')} was expected, not ${error.name}: ${error.message}`);
    return error;
  },
};

/** An error of the SDK; what the service adds to it is beside the message. */
export type SdkError = Error & {
  Code?: string;
  $metadata?: { httpStatusCode?: number };
  Item?: object;
  CancellationReasons?: { Code?: string; Item?: object }[];
};

const bare = (code: string) => code.replace(/^AWS\.SimpleQueueService\./, '').replace(/Exception$/, '');
