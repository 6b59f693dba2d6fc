/** What the services of the `application/x-amz-json` protocols have in common. */
import { type Json, mutate, toText } from '../mutate.ts';
import type { Random } from '../random.ts';
import { authorization, type FuzzedService, isFrontRefusal, parseJson } from '../service.ts';
import type { Answer } from '../wire.ts';

export type Samples = Record<string, (random: Random) => Json>;

/** @param service.samples A good input of each operation. */
export function jsonProtocolService(service: {
  name: string;
  targetPrefix: string;
  version: '1.0' | '1.1';
  samples: Samples;
  complaint?: (answer: Answer, error: string | undefined) => string | undefined;
}): FuzzedService {
  const operations = Object.keys(service.samples);
  const contentType = `application/x-amz-json-${service.version}`;
  return {
    name: service.name,
    endpoint: 'aws',
    request(random) {
      const operation = random.pick(operations);
      const input = service.samples[operation]!(random);
      const target = random.percent(2)
        ? random.pick(['', 'constructor', '__proto__', 'Nothing'])
        : `${service.targetPrefix}.${operation}`;
      return {
        method: 'POST',
        target: '/',
        headers: [authorization(service.name), ['x-amz-target', target], ['content-type', contentType]],
        body: Buffer.from(toText(random.percent(30) ? input : mutate(input, random))),
      };
    },
    complaint(answer) {
      if (isFrontRefusal(answer)) return undefined;
      if (answer.headers['content-type'] !== contentType)
        return `the content type is ${answer.headers['content-type']}`;
      const body = parseJson(answer.body) as { __type?: unknown; message?: unknown } | null | undefined;
      if (typeof body !== 'object' || body === null) return 'the body is no JSON object';
      if (answer.status === 200) return service.complaint?.(answer, undefined);
      const { __type: type, message } = body;
      if (typeof type !== 'string' || !/^[A-Z]\w+$/.test(type)) return `the error's type is ${type}`;
      if (typeof message !== 'string') return 'the error has no message';
      if (/^Internal/.test(type) || answer.status >= 500) return `it failed with ${type}`;
      return service.complaint?.(answer, type);
    },
  };
}
