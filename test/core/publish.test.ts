import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../functions/core/envelope.ts';
import { type Publication, publish } from '../../functions/core/publish.ts';
import type { SourceEvent } from '../../functions/core/source.ts';
import { memoryBodies, memoryClock, memoryRandom } from '../memory/others.ts';
import { memoryQueues } from '../memory/queues.ts';
import { START, startMs } from './given.ts';

const event = (key: string, changes: Partial<SourceEvent> = {}): SourceEvent => ({
  ...{ type: 'thing', key, eventId: key, occurredAt: null, entityId: null },
  ...changes,
});

function given(events: SourceEvent[], changes: Partial<Publication> = {}) {
  const clock = memoryClock(START);
  const queues = memoryQueues(clock);
  const bodies = memoryBodies();
  const publication: Publication = {
    ...{ source: 'shop', acceptedAt: startMs - 5, contentType: 'application/json', contentEncoding: 'gzip' },
    ...{ headers: { 'x-topic': 'things' }, body: Buffer.from('whole'), events },
    ...changes,
  };
  const ports = { clock, random: memoryRandom(), queues: queues.queues, bodies: bodies.bodies };
  return {
    failing: queues.failing,
    objects: bodies.objects,
    sent: () => queues.sent.map(({ flow, message }) => ({ queue: flow, ...(JSON.parse(message.body) as Envelope) })),
    publishTo: (flowsFor: (event: SourceEvent) => string[]) => publish(publication, flowsFor, ports, startMs + 1_000),
  };
}

describe('publish', () => {
  it('sends one message to each flow that wants the event, all of one publication', async () => {
    const { publishTo, sent } = given([event('e1')]);

    const count = await publishTo(() => ['orders', 'invoices']);

    expect(count).toBe(2);
    const [orders, invoices] = sent();
    expect(orders).toEqual({
      queue: 'orders',
      ...{ v: 1, acceptId: orders!.acceptId, publishedAt: startMs, acceptedAt: startMs - 5, generation: 0 },
      ...{ flow: 'orders', source: 'shop', type: 'thing', key: 'e1', eventId: 'e1' },
      ...{ occurredAt: null, sequence: null, entityId: null },
      ...{ contentType: 'application/json', contentEncoding: 'gzip', headers: { 'x-topic': 'things' } },
      body: Buffer.from('whole').toString('base64'),
    });
    expect(invoices).toEqual({ ...orders, queue: 'invoices', flow: 'invoices' });
  });

  it('gives each event an acceptId of its own', async () => {
    const { publishTo, sent } = given([event('e1'), event('e2')]);

    await publishTo(() => ['orders']);

    expect(new Set(sent().map(({ acceptId }) => acceptId)).size).toBe(2);
  });

  it("sends an event's own bytes as they are in the unpacked body", async () => {
    const { publishTo, sent } = given([event('e1', { part: Buffer.from('part') })]);

    await publishTo(() => ['orders']);

    expect(sent()[0]).toMatchObject({ body: Buffer.from('part').toString('base64'), contentEncoding: '' });
  });

  it('sends nothing for an event that no flow wants', async () => {
    const { publishTo, objects } = given([event('e1')], { body: Buffer.alloc(700_001) });

    expect(await publishTo(() => [])).toBe(0);
    expect(objects.size).toBe(0);
  });

  it('keeps 700 KB in the message, and puts more into the bucket once for the whole request', async () => {
    const small = given([event('e1')], { body: Buffer.alloc(700_000) });
    const large = given([event('e1'), event('e2')], { body: Buffer.alloc(700_001) });

    await small.publishTo(() => ['orders']);
    await large.publishTo(() => ['orders', 'invoices']);

    expect(small.objects.size).toBe(0);
    expect([...large.objects.keys()]).toEqual([expect.stringMatching(/^bodies\/2026-11-20\/shop\/.+/)]);
    const [object] = large.objects.keys();
    expect(large.sent().map((sent) => [sent.object, sent.body])).toEqual(Array(4).fill([object, undefined]));
  });

  it('throws when any flow did not get its message, after trying all of them', async () => {
    const { publishTo, sent, failing } = given([event('e1')]);
    failing.add('orders');

    await expect(publishTo(() => ['orders', 'invoices'])).rejects.toThrow('queue orders is not available');

    expect(sent().map(({ queue }) => queue)).toEqual(['invoices']);
  });
});
