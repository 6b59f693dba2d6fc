import type { Command } from 'commander';
import { listDeliveries } from '../ops/deliveries.ts';
import { hubAt } from '../ops/hub-address.ts';
import { type HubOptions, withHub } from './common.ts';
import { note, sayJson, sayTable } from './output.ts';

type Options = HubOptions & { flow?: string; state?: string };

export function addDeliveries(program: Command): void {
  withHub(program.command('deliveries'))
    .description('each event on its way through a flow, oldest first')
    .option('--flow <flow>', 'of this flow only')
    .option('--state <state>', 'delivering, waiting, stopped, unknown, delivered, skipped, superseded or discarded')
    .action(async (options: Options) => {
      const { deliveries, scanned, capped } = await listDeliveries(hubAt(options), {
        flow: options.flow,
        state: options.state,
      });
      noteScan(scanned, capped);
      if (options.json) return deliveries.forEach(sayJson);
      sayTable(
        ['accepted', 'state', 'tries', 'class', 'delivery'],
        deliveries.map((one) => [
          one.acceptedAt,
          one.state,
          String(one.attempts),
          one.errorClass ?? '',
          one.deliveryId,
        ]),
      );
    });
}

/** There is no index for this: who searches a large ledger must know what was not seen. */
export function noteScan(scanned: number, capped: boolean): void {
  const rest = capped ? '; there are more that were NOT looked at' : '';
  note(`[syncline] scanned ${scanned} items of the ledger${rest}`);
}
