import type { Telemetry } from './ports.ts';
import { redact } from './redact.ts';

/** Runs pieces of work so that none keeps another from running. */
export type Apart = {
  /** @returns What the work returned; undefined when it failed, which is logged and remembered. */
  run<Value>(what: string, work: () => Promise<Value>): Promise<Value | undefined>;
  /** What failed so far. */
  readonly failed: readonly string[];
};

export function apart(telemetry: Telemetry): Apart {
  const failed: string[] = [];
  return {
    failed,
    async run(what, work) {
      try {
        return await work();
      } catch (error) {
        failed.push(what);
        telemetry.log('error', 'part failed', { what, error: redact(String(error)) });
        return undefined;
      }
    },
  };
}
