/** What Lambda has counted, with the real client over the laptop's CloudWatch. */
import { CloudWatchClient, type GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cloudWatchInvocations } from '../../functions/aws/invocations.ts';
import { createCloudWatch } from '../../lib/laptop/cloudwatch/create-cloud-watch.ts';
import { startFront } from '../../lib/laptop/front.ts';
import { MINUTE, startMs } from '../core/given.ts';
import { fakeClock } from '../lib/laptop/fake-clock.ts';

const minute = (number: number) => startMs - (startMs % MINUTE) + number * MINUTE;
const functionName = (flow: string) => `deliver-${flow}`;

async function given() {
  const { service, counts } = createCloudWatch({ clock: fakeClock(startMs) });
  const calls: string[][] = [];
  const handle = service.handle;
  service.handle = (request) => {
    calls.push(JSON.parse(request.body.toString()).MetricDataQueries.map(({ Id }: { Id: string }) => Id));
    return handle(request);
  };
  const front = await startFront({ services: [service], port: 0 });
  onTestFinished(front.close);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new CloudWatchClient({ endpoint: front.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  const invoked = (flow: string, number: number, hasFailed = false) =>
    counts.add(functionName(flow), { beganMs: minute(number) + 1, hasFailed });
  return { invocations: cloudWatchInvocations({ client, functionName }), invoked, calls };
}

describe('invocations', () => {
  it('are counted by flow and minute, the oldest first', async () => {
    const { invocations, invoked } = await given();
    invoked('orders', -3);
    invoked('orders', -3, true);
    invoked('orders', -2, true);
    invoked('orders', 0, true);
    invoked('leads', -2);

    const counted = await invocations.count(['orders', 'leads', 'idle'], minute(-10), minute(0));

    expect([...counted]).toEqual([
      [
        'orders',
        [
          { at: minute(-3), invocations: 2, errors: 1 },
          { at: minute(-2), invocations: 1, errors: 1 },
        ],
      ],
      ['leads', [{ at: minute(-2), invocations: 1, errors: 0 }]],
      ['idle', []],
    ]);
  });

  it('are asked for by a single metric while no function of the account fails', async () => {
    const { invocations, invoked, calls } = await given();
    invoked('orders', -3);

    const counted = await invocations.count(['orders', 'leads'], minute(-10), minute(0));

    expect(counted.size).toBe(0);
    expect(calls).toEqual([['all']]);
  });

  it('are asked for 500 metrics at once at most', async () => {
    const { invocations, invoked, calls } = await given();
    const flows = Array.from({ length: 251 }, (_, index) => `flow-${index}`);
    invoked('flow-250', -1, true);

    const counted = await invocations.count(flows, minute(-10), minute(0));

    expect(calls.map((ids) => ids.length)).toEqual([1, 500, 2]);
    expect(counted.get('flow-250')).toEqual([{ at: minute(-1), invocations: 1, errors: 1 }]);
  });

  it('come in pages', async () => {
    const asked: GetMetricDataCommand['input'][] = [];
    const pageOf = (Id: string, number: number, value: number) => ({
      ...{ Id, StatusCode: 'PartialData', Timestamps: [new Date(minute(number))], Values: [value] },
    });
    const client = {
      async send({ input }: GetMetricDataCommand) {
        asked.push(input);
        if (input.MetricDataQueries?.length === 1) return { MetricDataResults: [pageOf('all', -2, 2)] };
        if (input.NextToken) return { MetricDataResults: [pageOf('i0', -1, 1), pageOf('e0', -1, 1)] };
        return { MetricDataResults: [pageOf('i0', -2, 1), pageOf('e0', -2, 1)], NextToken: 'more' };
      },
    };
    Object.setPrototypeOf(client, CloudWatchClient.prototype);

    const counted = await cloudWatchInvocations({ client: client as never, functionName }).count(
      ['orders'],
      minute(-10),
      minute(0),
    );

    expect(asked).toHaveLength(3);
    expect(counted.get('orders')).toEqual([
      { at: minute(-2), invocations: 1, errors: 1 },
      { at: minute(-1), invocations: 1, errors: 1 },
    ]);
  });

  it('of which CloudWatch does not tell all are an error, and no evidence', async () => {
    const client = { send: async () => ({ MetricDataResults: [{ Label: 'Errors', StatusCode: 'InternalError' }] }) };
    Object.setPrototypeOf(client, CloudWatchClient.prototype);

    const counting = cloudWatchInvocations({ client: client as never, functionName }).count(['orders'], 0, MINUTE);

    await expect(counting).rejects.toThrow('CloudWatch told not all of Errors: InternalError');
  });
});
