import { dynamoDbLedger } from '../../functions/aws/ledger.ts';
import { systemRandom } from '../../functions/aws/system.ts';
import { type DeliveryAddress, deliveryId, parseDeliveryId } from '../../functions/core/delivery-id.ts';
import { type DeliveryRow, isFinal } from '../../functions/core/ledger.ts';
import { names } from '../../functions/core/names.ts';
import { resolve, type Word } from '../../functions/core/resolve.ts';
import { type HubAddress, hubNow } from './hub-address.ts';
import { moveDeadLetter } from './one-dead-letter.ts';
import { OperatorError } from './operator-error.ts';

export type Resolution = {
  deliveryId: string;
  state: string;
  /** Of its message: sent back to the queue, deleted, or (0) not found in the dead-letter queue. */
  messages: number;
};

/**
 * Settles a delivery whose outcome is not known, by an operator's word, and sends its message on its way.
 *
 * @param id `<flow>/<source>/<key>`
 * @throws OperatorError when there is no such delivery, when it is not unknown, or when more must be said.
 */
export async function resolveDelivery(
  hub: HubAddress,
  id: string,
  word: Word,
  { by, dryRun }: { by: string; dryRun: boolean },
): Promise<Resolution> {
  const ledger = dynamoDbLedger({ client: hub.dynamoDb, tableName: names(hub.stage).ledgerTable });
  const { row } = await ledger.read(addressOf(id));
  refuseUnlessUnknown(id, row);
  const resolved = resolve(row, word, { by, now: await hubNow(hub), random: systemRandom });
  if ('problem' in resolved) throw missing(resolved);
  const { state } = resolved.row;
  if (dryRun) return { deliveryId: id, state, messages: 0 };
  // The step first: between the two, nothing would keep a redrive from performing it again.
  if (resolved.step) await ledger.writeStep(resolved.step);
  const write = await ledger.write(resolved.row, row.token);
  if (!write.written) throw new OperatorError('failed', `${id} has changed meanwhile`, `see "syncline show ${id}"`);
  const messages = await moveDeadLetter(hub, row.flow, deliveryId(row), isFinal(state) ? 'nowhere' : 'queue');
  return { deliveryId: id, state, messages };
}

function addressOf(id: string): DeliveryAddress {
  const address = parseDeliveryId(id);
  if (address) return address;
  const next = 'give the whole of it, <flow>/<source>/<key>, as "syncline deliveries" shows it';
  throw new OperatorError('wrong-use', `'${id}' is no deliveryId`, next);
}

function refuseUnlessUnknown(id: string, row: DeliveryRow | undefined): asserts row is DeliveryRow {
  if (!row) throw new OperatorError('not-found', `no delivery has the id '${id}'`, 'see "syncline deliveries"');
  if (row.state === 'unknown') return;
  const next =
    row.state === 'stopped' ? `"syncline dlq redrive ${row.flow}" sends it again` : `see "syncline show ${id}"`;
  throw new OperatorError('failed', `${id} is ${row.state}: only an unknown delivery is resolved`, next);
}

function missing({ problem, step }: { problem: 'no-step' | 'no-result'; step?: string }): OperatorError {
  if (problem === 'no-step') {
    const next = 'say which with --step <name>; --step result is the operation that the flow returns';
    return new OperatorError('wrong-use', 'the ledger does not know which step was under way', next);
  }
  const next = `give what the target made, --result '{"id":"…"}', as the flow's later steps will see it`;
  return new OperatorError('wrong-use', `step ${step} is not the delivery's last`, next);
}
