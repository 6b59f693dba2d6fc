import type { Throttle } from '../assembly/http-apis.ts';
import type { Clock } from '../clock.ts';

/** What all APIs of an account share in a Region, unless AWS has raised it. */
export const accountThrottle: Throttle = { rateLimit: 10_000, burstLimit: 5_000 };

type Bucket = { tokens: number; filledMs: number };

/**
 * Token buckets: one a route, and one for the account.
 *
 * A bucket holds `burstLimit` tokens and is refilled with `rateLimit` a second; a request takes one of each. Here that is
 * exact; API Gateway applies its limits on a best-effort basis and may let more through for a moment.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export function createThrottles(clock: Clock) {
  const buckets = new Map<string, Bucket>();
  const refilled = (name: string, { rateLimit, burstLimit }: Throttle): Bucket => {
    const now = clock.now();
    const bucket = buckets.get(name) ?? { tokens: burstLimit, filledMs: now };
    const earned = (Math.max(0, now - bucket.filledMs) / 1_000) * rateLimit;
    const filled = { tokens: Math.min(burstLimit, bucket.tokens + earned), filledMs: now };
    buckets.set(name, filled);
    return filled;
  };
  return {
    /** Lets a request through, or not. A route without limits has the account's alone. */
    admit(routeKey: string, throttle: Throttle | undefined): boolean {
      const needed = [refilled('', accountThrottle), ...(throttle ? [refilled(routeKey, throttle)] : [])];
      if (needed.some(({ tokens }) => tokens < 1)) return false;
      for (const bucket of needed) bucket.tokens -= 1;
      return true;
    },
  };
}
