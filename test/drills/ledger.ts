import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { stripKeys } from '../../functions/aws/ledger.ts';
import type { DeliveryRow, TryRow } from '../../functions/core/ledger.ts';
import type { Hub } from '../journeys/hub-process.ts';

export type Ledger = { rows: DeliveryRow[]; tries: TryRow[] };

/** The whole ledger; the command line's list ends at a cap, which an accounting must not. */
export async function readLedger({ address, names }: Hub): Promise<Ledger> {
  const ledger: Ledger = { rows: [], tries: [] };
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await address.dynamoDb.send(new ScanCommand({ TableName: names.ledgerTable, ExclusiveStartKey }));
    for (const item of (page.Items ?? []).map((each) => unmarshall(each))) {
      if (item.sk === 'delivery') ledger.rows.push(stripKeys<DeliveryRow>(item));
      else if (String(item.sk).startsWith('try#')) ledger.tries.push(stripKeys<TryRow>(item));
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return ledger;
}
