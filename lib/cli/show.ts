import type { Command } from 'commander';
import { deliveryId } from '../../functions/core/delivery-id.ts';
import { findDeliveries } from '../ops/deliveries.ts';
import { hubAt } from '../ops/hub-address.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { timelineOf } from '../ops/timeline.ts';
import { type HubOptions, withHub } from './common.ts';
import { noteScan } from './deliveries.ts';
import { say, sayJson } from './output.ts';

export function addShow(program: Command): void {
  withHub(program.command('show'))
    .description('every delivery of an event, with its timeline')
    .argument('<id>', 'a deliveryId, a key, or the vendor’s id of the event')
    .action(async (id: string, options: HubOptions) => {
      const { details, scanned, capped } = await findDeliveries(hubAt(options), id);
      if (details.length === 0) {
        const next = 'see "syncline deliveries"; an event that no flow wants leaves no delivery';
        const rest = capped ? ', and there are more that were NOT looked at' : '';
        const where = `in the ${scanned} items of the ledger that were scanned${rest}`;
        throw new OperatorError('not-found', `no delivery has the id '${id}' ${where}`, next);
      }
      noteScan(scanned, capped);
      for (const detail of details) {
        const { row, steps, tries } = detail;
        const timeline = timelineOf(detail);
        if (options.json) sayJson({ deliveryId: deliveryId(row), ...row, steps, tries, timeline });
        else {
          say(`${deliveryId(row)}  ${row.state}`);
          for (const { at, what } of timeline) say(`  ${at}  ${what}`);
        }
      }
    });
}
