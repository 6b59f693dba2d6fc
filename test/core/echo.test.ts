import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flow } from '../../functions/core/flow.ts';
import type { RecordWrite } from '../../functions/core/ports.ts';
import type { Fields } from '../../functions/core/target.ts';
import { hubspot } from '../../functions/targets/hubspot.ts';
import { answered } from '../memory/others.ts';
import { receivedAgain } from '../memory/queues.ts';
import { DAY, HOUR, hub, MINUTE, shop, startMs } from './given.ts';

const hubspotCrm = hubspot('crm');
const upserted = answered(200, { results: [{ id: '51', new: false }] });

/** A flow that writes each event's fields to a contact, from a source that tells us of contacts. */
const given = (options: Parameters<typeof hub>[1] = {}) => {
  const at = hub(
    flow({
      ...{ purpose: 'A test.', owner: 'tests', from: shop, types: ['thing'], order: 'any' },
      payload: z.object({ id: z.string(), fields: z.record(z.string(), z.any()) }),
      to: [hubspotCrm.upsertContact],
      echo: { target: hubspotCrm, of: ({ id, fields }) => ({ entity: `contact:${id}`, fields }) },
      async run({ fields }) {
        const { email, ...properties } = fields;
        return hubspotCrm.upsertContact({ email, properties });
      },
    }),
    { answers: [upserted], ...options },
  );
  let count = 0;
  const event = (fields: Fields, id = '51') => {
    const body = Buffer.from(JSON.stringify({ id, fields })).toString('base64');
    return at.accepted({ key: `k${++count}`, acceptId: `accept-${count}`, body });
  };
  const states = () => [...at.ledger.rows.values()].map(({ state, reason }) => reason ?? state);
  return { ...at, event, states };
};
const ADA = { email: 'Ada@example.com', firstname: 'Ada', age: '36' };
const SAID = { ...ADA, email: 'ada@example.com' };

describe('an event', () => {
  it('that says what we wrote ourselves is skipped as an echo', async () => {
    const at = given();

    await at.deliver([at.event(ADA), at.event(SAID), at.event({ firstname: 'Ada' }), at.event({ age: 36 })]);

    expect(at.states()).toEqual(['delivered', 'echo', 'echo', 'echo']);
    expect(at.sent).toHaveLength(1);
  });

  it.each([
    ['another value', { firstname: 'Augusta' }, '51'],
    ['a field that we did not write', { ...SAID, city: 'London' }, '51'],
    ['nothing', {}, '51'],
    ['no value', { firstname: null }, '51'],
    ['another record', SAID, '52'],
  ])('that says %s is delivered', async (_title, fields, id) => {
    const at = given();

    await at.deliver([at.event(ADA), at.event(fields as Fields, id)]);

    expect(at.states()).not.toContain('echo');
  });

  it('that says what an earlier write or several writes wrote is an echo as well', async () => {
    const at = given();

    await at.deliver([at.event(ADA), at.event({ email: ADA.email, firstname: 'Augusta' })]);
    await at.deliver([at.event(SAID), at.event({ ...SAID, firstname: 'Augusta' }), at.event({ age: '36' })]);

    expect(at.states()).toEqual(['delivered', 'delivered', 'echo', 'echo', 'echo']);
  });

  it('that says something else beside what several writes wrote is delivered', async () => {
    const at = given();

    await at.deliver([at.event(ADA), at.event({ email: ADA.email, firstname: 'Augusta' })]);
    await at.deliver([at.event({ ...SAID, firstname: 'Byron' })]);

    expect(at.states()).toEqual(['delivered', 'delivered', 'delivered']);
  });

  it('is looked for among the newest 300 writes', async () => {
    const at = given();
    const [record, hashes] = [{ target: 'crm', entity: 'contact:51' }, await hashesOfSaid()];
    const note = (written: ReadonlyMap<string, string>, afterMs: number) =>
      at.ports.echoes.note(record, wrote(written, afterMs));
    await note(hashes, 1_000);
    for (let number = 1; number < 300; number++) await note(new Map([['other', 'h']]), 1_000 + number);

    await at.deliver([at.event(SAID)]);
    await note(new Map([['other', 'h']]), 2_000);
    await at.deliver([at.event(SAID)]);

    expect(at.states()).toEqual(['echo', 'delivered']);
  });

  it.each([
    ['ten minutes after the write', 10 * MINUTE, 'echo'],
    ['later', 10 * MINUTE + 1, 'delivered'],
    ['at the same time, by a clock that is behind', -5_000, 'echo'],
    ['before the write', -5_001, 'delivered'],
  ])('that was accepted %s', async (_title, afterMs, becomes) => {
    const at = given();
    await at.ports.echoes.note({ target: 'crm', entity: 'contact:51' }, wrote(await hashesOfSaid(), -afterMs));

    await at.deliver([at.event(SAID)]);

    expect(at.states()).toEqual([becomes]);
  });

  it('is an echo however long it has waited', async () => {
    const at = given();
    const copy = at.event(SAID);
    await at.deliver([at.event(ADA)]);
    at.clock.advance(3 * DAY);

    await at.deliver([copy]);

    expect(at.states()).toEqual(['delivered', 'echo']);
  });

  it('that an operator publishes anew is delivered', async () => {
    const at = given();
    await at.deliver([at.event(ADA), at.event(SAID)]);
    const again = { kind: 'replay', by: 'ada', why: 'meant', again: 'all' } as const;

    await at.deliver([at.accepted({ ...JSON.parse(at.event(SAID).body), key: 'k2', generation: 1, reissue: again })]);

    expect(at.states()).toEqual(['delivered', 'delivered']);
  });

  it('that was tried already does not take its own work for the echo', async () => {
    const at = given({ answers: [upserted, answered(503, 'down'), upserted] });
    const copy = at.event(SAID);
    await at.deliver([at.event({ ...SAID, firstname: 'other' }), copy]);
    await at.ports.echoes.note({ target: 'crm', entity: 'contact:51' }, wrote(await hashesOfSaid()));
    at.clock.advance(HOUR);

    await at.deliver([receivedAgain(copy)]);

    expect(at.states()).toEqual(['delivered', 'delivered']);
  });

  it('whose worker died does not take its own work for the echo, even after a wait (rule 11)', async () => {
    const at = given({ answers: [upserted] });
    const copy = at.event(SAID);
    const gone = () => Promise.reject(new Error('gone'));
    const ledger = {
      ...at.ports.ledger,
      write: (...[row, ...rest]: Parameters<typeof at.ports.ledger.write>) =>
        row.state === 'delivered' ? gone() : at.ports.ledger.write(row, ...rest),
    };
    await at.deliver([copy], { ports: { ledger } });
    at.clock.advance(MINUTE);
    await at.deliver([receivedAgain(copy, 2)], { ports: { secrets: { ...at.ports.secrets, connections: gone } } });
    expect(at.row()).toMatchObject({ state: 'waiting', crashes: 0, attemptsTotal: 0 });
    at.clock.advance(2 * MINUTE);

    await at.deliver([receivedAgain(copy, 3)]);

    expect(at.states()).toEqual(['delivered']);
  });

  it('is delivered when nothing can be noted or looked up', async () => {
    const at = given();
    const broken = { note: () => Promise.reject(new Error('gone')), read: () => Promise.reject(new Error('gone')) };

    await at.deliver([at.event(ADA), at.event(SAID)], { ports: { echoes: broken } });

    expect(at.states()).toEqual(['delivered', 'delivered']);
    expect(at.telemetry.lines.map(({ message }) => message)).toContain('echo not noted');
    expect(at.telemetry.lines.map(({ message }) => message)).toContain('echo not looked for');
  });
});

/** @param afterMs Since the events of these tests were accepted. */
const wrote = (hashes: ReadonlyMap<string, string>, afterMs = 0): RecordWrite => ({
  ...{ hashes, at: startMs + afterMs, keptUntil: startMs + DAY },
});

/** What a write of `SAID` notes. */
async function hashesOfSaid(): Promise<ReadonlyMap<string, string>> {
  const at = given();
  await at.deliver([at.event(SAID)]);
  const wanted = { from: 0, to: at.clock.now(), limit: 1 };
  const [hashes] = await at.ports.echoes.read({ target: 'crm', entity: 'contact:51' }, wanted);
  return hashes!;
}
