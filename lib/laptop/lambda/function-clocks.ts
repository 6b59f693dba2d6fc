import type { MovableClock } from '../movable-clock.ts';

/** What a function's process is told about its clock. */
export type ClockReading = {
  /** Grows with each change: of two readings the higher counts, in whichever order they arrive. */
  version: number;
  /** Real time plus this is what the function sees. */
  offsetMs: number;
  /** What of that is the function's alone. */
  skewMs: number;
};

/** The clocks of the functions: the runner's, and for each function a skew that a fault may set. */
export type FunctionClocks = {
  read(functionName: string): ClockReading;
  /** @param skewMs Ahead of the runner's clock, or negative for behind; 0 sets it right. */
  setSkew(functionName: string, skewMs: number): void;
  /** Calls `listener` after each move and each new skew; the returned function ends that. */
  onChange(listener: () => void): () => void;
};

export function createFunctionClocks(clock: MovableClock): FunctionClocks {
  const skews = new Map<string, number>();
  const listeners = new Set<() => void>();
  let version = 0;
  const change = () => {
    version += 1;
    for (const listener of [...listeners]) listener();
  };
  clock.onMove(change);
  return {
    read(functionName) {
      const skewMs = skews.get(functionName) ?? 0;
      return { version, offsetMs: clock.offsetMs() + skewMs, skewMs };
    },
    setSkew(functionName, skewMs) {
      skews.set(functionName, skewMs);
      change();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** As `clock-preload.mjs` reads it. */
export const formatReading = ({ version, offsetMs }: ClockReading) => `${version}:${offsetMs}`;

/** Node's arguments that give a process a clock which begins with this reading. */
export function preloadArguments(reading: ClockReading): string[] {
  const preload = new URL('./clock-preload.mjs', import.meta.url);
  preload.searchParams.set('reading', formatReading(reading));
  return ['--import', preload.href];
}
