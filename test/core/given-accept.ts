/** A source's door on in-memory ports, a request that it lets in, and the flows that its events go to. */
import { accept, type Routes } from '../../functions/core/accept.ts';
import type { Envelope } from '../../functions/core/envelope.ts';
import type { Secrets } from '../../functions/core/ports.ts';
import { type SourceDefinition, type SourceRequest, source } from '../../functions/core/source.ts';
import { memoryBodies, memoryClock, memoryRandom, memoryTelemetry } from '../memory/others.ts';
import { memoryQueues } from '../memory/queues.ts';
import { memorySpool } from '../memory/spool.ts';
import { START, shopDefinition } from './given.ts';

export const SECRET = 'a secret that nobody may see';
export const routes: Routes = { thing: ['orders', 'invoices'], other: ['invoices'], '*': ['archive'] };

/** A cached copy, and what a refresh finds; undefined when there was one within the last minute. */
function memorySecretCopies(options: {
  cached: unknown[];
  current: unknown[] | Error | undefined;
  former?: unknown[];
}) {
  const reads: string[] = [];
  const secrets: Secrets = {
    async connections() {
      reads.push('cached');
      return options.cached;
    },
    async refresh() {
      reads.push('refreshed');
      if (options.current instanceof Error) throw options.current;
      return options.current;
    },
    former: () => options.former ?? [],
  };
  return { secrets, reads };
}

export function given(
  options: {
    definition?: Partial<SourceDefinition<{ secret: string }, 'thing' | 'other'>>;
    secrets?: { cached?: unknown[]; current?: unknown[] | Error | undefined; former?: unknown[] };
    routes?: Routes;
  } = {},
) {
  const clock = memoryClock(START);
  const queues = memoryQueues(clock);
  const bodies = memoryBodies();
  const spool = memorySpool();
  const telemetry = memoryTelemetry();
  const cached = options.secrets?.cached ?? [{ secret: SECRET }];
  const copies = memorySecretCopies({ current: undefined, ...options.secrets, cached });
  const ports = {
    ...{ clock, random: memoryRandom(), queues: queues.queues, bodies: bodies.bodies, secrets: copies.secrets },
    telemetry: telemetry.telemetry,
    spool: spool.spool,
    fetchKey: () => Promise.reject(new Error('no key was provided')),
  };
  const shop = source({ ...shopDefinition, ...options.definition })('shop');
  const settings = { routes: options.routes ?? routes, publicUrl: 'https://hub.example/v1/webhooks/shop' };
  return {
    ...{ telemetry, spool, clock, bodies, failing: queues.failing, deadlines: queues.deadlines, reads: copies.reads },
    sent: () => queues.sent.map(({ message }) => JSON.parse(message.body) as Envelope),
    ask: (changes: Partial<SourceRequest> = {}) => accept(request(changes), shop, settings, ports),
    count: (metric: string) => telemetry.counts.get(metric) ?? 0,
  };
}

export const request = (changes: Partial<SourceRequest> = {}): SourceRequest => ({
  method: 'POST',
  rawQuery: '',
  headers: { 'x-signature': SECRET, 'content-type': 'application/json', 'x-topic': 'things' },
  body: Buffer.from('{"id":"e1"}'),
  ...changes,
});
