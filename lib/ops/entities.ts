import { dynamoDbEntities } from '../../functions/aws/entities.ts';
import { dynamoDbLedger } from '../../functions/aws/ledger.ts';
import { names } from '../../functions/core/names.ts';
import type { HubAddress } from './hub-address.ts';
import { OperatorError } from './operator-error.ts';

/**
 * Lets deliveries of an entity go on that the fuse has parked.
 *
 * @param entity `<source>/<entityId>`
 * @throws OperatorError when that entity of the flow is not parked.
 */
export async function resumeEntity(
  hub: HubAddress,
  flow: string,
  entity: string,
  { dryRun }: { dryRun: boolean },
): Promise<{ parkedAt: string }> {
  const { ledgerTable, stateTable } = names(hub.stage);
  const { dynamoDb: client } = hub;
  const ledger = dynamoDbLedger({ client, tableName: ledgerTable });
  const entities = dynamoDbEntities({ client, tableName: stateTable, ledgerTable, ledger });
  const [, source = '', entityId = ''] = /^([^/]+)\/(.+)$/s.exec(entity) ?? [];
  const known = entityId && (await entities.read({ flow, source, entityId }));
  if (!known || known.parkedAt === undefined) {
    const next = `give <source>/<entityId> as the line "entity parked" of the function's log has it`;
    throw new OperatorError('not-found', `flow ${flow} has no parked entity '${entity}'`, next);
  }
  if (!dryRun) await entities.resume({ flow, source, entityId });
  return { parkedAt: new Date(known.parkedAt).toISOString() };
}
