import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type Case, casesOf } from '../case.ts';
import { s3Guide } from './pages.ts';
import { objectOf } from './s3-object.ts';

const preventOverwrites = s3Guide('"How to prevent object overwrites with conditional writes"');

/** Writes that depend on what is there. */
export const conditionalWrites: Case[] = casesOf('s3', [
  {
    name: 'a put with If-None-Match: * writes once, and then answers 412',
    fact: preventOverwrites,
    async run(tools) {
      const { put, text } = await objectOf(tools);
      await put('first', { IfNoneMatch: '*' });

      const error = await tools.expect.error(put('second', { IfNoneMatch: '*' }), 'PreconditionFailed');

      tools.expect.equal(error.$metadata?.httpStatusCode, 412);
      tools.expect.equal(await text(), 'first');
    },
  },
  {
    name: 'of ten conditional puts at once one wins, the others get 412 or 409',
    fact: preventOverwrites,
    async run(tools) {
      const { put, text } = await objectOf(tools);
      const bodies = Array.from({ length: 10 }, (_, index) => String(index));

      const outcomes = await Promise.allSettled(bodies.map((body) => put(body, { IfNoneMatch: '*' })));

      const winners = bodies.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      tools.expect.equal(winners, [await text()]);
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        await tools.expect.error(Promise.reject(outcome.reason), 'PreconditionFailed', 'ConditionalRequestConflict');
      }
    },
  },
  {
    name: 'a conditional put is possible again after the delete',
    fact: preventOverwrites,
    async run(tools) {
      const { where, put, text } = await objectOf(tools);
      await put('first', { IfNoneMatch: '*' });
      await tools.s3.send(new DeleteObjectCommand(where));

      await put('second', { IfNoneMatch: '*' });

      tools.expect.equal(await text(), 'second');
    },
  },
  {
    name: 'a put with If-Match replaces only what it has seen',
    fact: preventOverwrites,
    refusedBySyncline: 'the hub writes bodies once and replaces none',
    async run(tools) {
      const { put, text } = await objectOf(tools);
      const { ETag } = await put('first');
      await put('second', { IfMatch: ETag });

      await tools.expect.error(put('third', { IfMatch: ETag }), 'PreconditionFailed');

      tools.expect.equal(await text(), 'second');
    },
  },
]);
