import { GetQueueAttributesCommand, GetQueueUrlCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { QUEUE } from '../../functions/core/names.ts';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import { standardWebhook } from '../journeys/vendors.ts';
import type { Drill } from './drill.ts';
import { readLedger } from './ledger.ts';
import { DAY_MS, MINUTE_MS } from './time.ts';

export const tenThousand: Drill = {
  name: 'ten-thousand',
  purpose: 'a target refuses everything as invalid; when it is mended, all of it is redriven',
  timing: 'test',
  begins: { weekday: 1, hour: 9 },
  async run(day, { events }) {
    const { hub, say, check } = day;
    // What stops is received until SQS moves it: a hundred times each, which would be a drill about SQS alone.
    await setMaxReceives(hub, 1);
    await say('the HTTP target refuses everything with a validation error');
    await hub.mode('http', 'refuse');
    await day.send(standardWebhook, day.newIds('event', events));
    await day.settle();
    const stopped = (await readLedger(hub)).rows.filter(({ state }) => state === 'stopped');
    const dead = await hub.deadLetters(FLOWS.http);
    await say(`${stopped.length} deliveries have stopped, ${dead} dead letters`);
    check(
      'all stopped as validation',
      stopped.every(({ errorClass }) => errorClass === 'validation'),
      stopped[0],
    );
    check('all lie in the dead-letter queue', stopped.length === events && dead === events, { dead });

    await say('the target is mended');
    await setMaxReceives(hub, QUEUE.maxReceiveCount);
    await hub.mode('http', 'ok');
    const startedAt = performance.now();
    const redriven = await day.redrive('http');
    const progress = redriven.stderr.split('\n').filter((line) => / moved of about /.test(line));
    check('the redrive shows its progress', progress.length >= 2, progress);
    await day.passUntilDone({ grainMs: MINUTE_MS, withinMs: DAY_MS });
    const seconds = (performance.now() - startedAt) / 1_000;
    await say(`all delivered: ${events} in ${seconds.toFixed(1)} s, ${Math.round(events / seconds)} a second`);
    check('all were redriven', day.counts.redriven === events, day.counts);
    check('each met the mended target once', (await hub.calls('http')) === 2 * events, await hub.calls('http'));
  },
};

async function setMaxReceives({ address: { sqs }, names }: Hub, maxReceiveCount: number): Promise<void> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: names.queue(FLOWS.http) }));
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] });
  const { Attributes } = await sqs.send(asked);
  const RedrivePolicy = JSON.stringify({ ...JSON.parse(Attributes!.RedrivePolicy!), maxReceiveCount });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
}
