const CACHE_MS = 24 * 3_600_000;
const TIMEOUT_MS = 2_000;
const MAX_KEYS = 100;

/**
 * Fetches vendors' public keys and certificates, and keeps up to a hundred of them for a day. Which hosts may be asked is
 * the connector's rule: it checks the URL before it calls this.
 */
export function fetchKeys(now: () => number): (url: string) => Promise<string> {
  const cache = new Map<string, { text: string; readAt: number }>();
  return async (url) => {
    const cached = cache.get(url);
    if (cached && now() - cached.readAt < CACHE_MS) return cached.text;
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the key at ${new URL(url).host} was answered with status ${response.status}`);
    const text = await response.text();
    if (cache.size >= MAX_KEYS) cache.clear();
    cache.set(url, { text, readAt: now() });
    return text;
  };
}
