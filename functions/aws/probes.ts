import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ProbeAnswer, Probes } from '../core/ports.ts';
import type { ProbeEvent } from '../core/probe.ts';

/** A cold start and two calls of ten seconds: more than that is not well. */
const REQUEST_TIMEOUT_MS = 25_000;

/** A client that asks once: the next probe is the retry. */
export const probingLambdaClient = () =>
  new LambdaClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true },
  });

/**
 * Probes by invoking deliver functions.
 *
 * @param options.functionName A flow's deliver function by the flow's name.
 */
export function lambdaProbes(options: { client: LambdaClient; functionName: (flow: string) => string }): Probes {
  const { client, functionName } = options;
  const invoke = async (flow: string, target: string) => {
    const event: ProbeEvent = { probe: target };
    const Payload = JSON.stringify(event);
    const answer = await client.send(new InvokeCommand({ FunctionName: functionName(flow), Payload }));
    return { hasFailed: answer.FunctionError !== undefined, text: answer.Payload?.transformToString() ?? '' };
  };
  return {
    async probe(flow, target) {
      const { hasFailed, text } = await invoke(flow, target);
      if (hasFailed) throw new Error(`${functionName(flow)} failed: ${text.slice(0, 200)}`);
      return answerOf(text, functionName(flow));
    },
    async answers(flow, target) {
      try {
        return !(await invoke(flow, target)).hasFailed;
      } catch (error) {
        // One that hangs when it is loaded.
        if ((error as Error).name === 'TimeoutError') return false;
        throw error;
      }
    },
  };
}

/** @throws Error when it is none: another version of the function may know nothing of probes. */
function answerOf(text: string, functionName: string): ProbeAnswer {
  const value: Partial<{ healthy: boolean; errorClass: string; code: string }> | null = JSON.parse(text || 'null');
  if (value?.healthy === true) return { healthy: true };
  if (value?.healthy === false) return { ...(value as Extract<ProbeAnswer, { healthy: false }>) };
  throw new Error(`${functionName} answered a probe with ${text.slice(0, 200)}`);
}
