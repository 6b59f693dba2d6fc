/** Fetching of vendors' public keys and certificates, with a memory of its own in each process. */
import { type FetchKey, type FetchKeyOptions, NoSuchKey } from '../core/source.ts';

const DAY_MS = 24 * 3_600_000;
/** Between two times that a kept answer is asked for again. */
const AGAIN_MS = 60_000;
/** For the whole answer: the vendor who knocks is waiting meanwhile. */
const TIMEOUT_MS = 2_000;
/** Key sets and chains of certificates have a few kilobytes. */
const MAX_ANSWER_BYTES = 1_000_000;
const MAX_ANSWERS = 100;
/** Statuses by which vendors say that there is no such key. */
const NONE = [400, 404, 410];

type Answer = { readonly text: string; readonly readAt: number };
type Failure = { readonly error: unknown; readonly at: number };

/**
 * Fetches vendors' keys as `FetchKey` says, and keeps up to a hundred answers, the latest. Which hosts may be asked is the
 * connector's rule: it checks the URL before it calls this. Who asks while the same is on its way, waits for that.
 */
export function fetchKeys(now: () => number): FetchKey {
  const answers = new Map<string, Answer>();
  const failures = new Map<string, Failure>();
  const underway = new Map<string, Promise<string>>();

  const ask = async (name: string, url: string, options: FetchKeyOptions): Promise<string> => {
    try {
      const text = await request(url, options);
      failures.delete(name);
      if (options.keepMs !== 0) keep(answers, name, { text, readAt: now() });
      return text;
    } catch (error) {
      if (answers.has(name)) keep(failures, name, { error, at: now() });
      throw error;
    } finally {
      underway.delete(name);
    }
  };

  return async (url, options = {}) => {
    const { keepMs = DAY_MS, again = false } = options;
    const name = nameOf(url, options);
    const answer = answers.get(name);
    const failure = failures.get(name);
    if (answer && now() - answer.readAt < (again ? Math.min(keepMs, AGAIN_MS) : keepMs)) return answer.text;
    // Whether the vendor has a newer answer is unknown, and must not be asked more often for that.
    if (answer && again && failure && now() - failure.at < AGAIN_MS) throw failure.error;
    const asked = underway.get(name) ?? ask(name, url, options);
    underway.set(name, asked);
    return asked;
  };
}

/** A key is the same for whoever asks; what is posted, such as for a token, depends on the one who posts it. */
const nameOf = (url: string, { post, headers }: FetchKeyOptions) =>
  post === undefined ? url : JSON.stringify([url, post, headers]);

/** Of too many, the oldest goes. */
function keep<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.delete(name);
  const [oldest] = map.keys();
  if (map.size >= MAX_ANSWERS && oldest !== undefined) map.delete(oldest);
  map.set(name, value);
}

async function request(url: string, { headers, post }: FetchKeyOptions): Promise<string> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { ...headers, ...(post && { 'content-type': post.contentType }) },
    ...(post && { method: 'POST', body: post.body }),
  });
  const { host } = new URL(url);
  if (!response.ok) {
    await response.body?.cancel();
    if (!post && NONE.includes(response.status)) throw new NoSuchKey(host, response.status);
    throw new Error(`the request to ${host} for a key was answered with status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`the answer of ${host} is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
