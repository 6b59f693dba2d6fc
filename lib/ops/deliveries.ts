import { type AttributeValue, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { stripKeys } from '../../functions/aws/ledger.ts';
import { deliveryId, ledgerKey, parseDeliveryId } from '../../functions/core/delivery-id.ts';
import type { DeliveryRow, StepRow, TryRow } from '../../functions/core/ledger.ts';
import { LEDGER, names } from '../../functions/core/names.ts';
import type { HubAddress } from './hub-address.ts';

/** A ledger is scanned, so a search must end somewhere; who meets the cap is told. */
const SCAN_CAP = 20_000;

export type DeliverySummary = {
  deliveryId: string;
  flow: string;
  source: string;
  key: string;
  eventId: string | null;
  type: string;
  state: string;
  attempts: number;
  errorClass: string | null;
  code: string | null;
  message: string | null;
  acceptedAt: string;
  notBefore: string | null;
  result: unknown;
};

export type Found = { deliveries: DeliverySummary[]; scanned: number; capped: boolean };

/** The deliveries that a filter lets through, oldest first. */
export async function listDeliveries(
  hub: HubAddress,
  filter: { flow?: string | undefined; state?: string | undefined },
): Promise<Found> {
  const conditions = ['sk = :delivery'];
  const values: Record<string, AttributeValue> = { ':delivery': { S: 'delivery' } };
  for (const [name, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    conditions.push(`#${name} = :${name}`);
    values[`:${name}`] = { S: value };
  }
  const aliases = Object.keys(values).filter((name) => name !== ':delivery');
  const found = await scan(hub, {
    FilterExpression: conditions.join(' AND '),
    ExpressionAttributeValues: values,
    ...(aliases.length > 0 && {
      ExpressionAttributeNames: Object.fromEntries(aliases.map((alias) => [`#${alias.slice(1)}`, alias.slice(1)])),
    }),
  });
  const rows = found.items.map((item) => stripKeys<DeliveryRow>(item));
  rows.sort((a, b) => a.acceptedAt - b.acceptedAt);
  return { deliveries: rows.map(summarise), scanned: found.scanned, capped: found.capped };
}

export type DeliveryDetail = { row: DeliveryRow; steps: StepRow[]; tries: TryRow[] };

/** Every delivery of an event, by a deliveryId, a key or the vendor's id, with what led to its state. */
export async function findDeliveries(
  hub: HubAddress,
  id: string,
): Promise<{ details: DeliveryDetail[]; scanned: number; capped: boolean }> {
  const found = (await readOne(hub, id)) ?? (await scan(hub, {}));
  const items = found.items.map((item) => ({ sk: String(item.sk), row: stripKeys<DeliveryRow>(item) }));
  const wanted = items.filter(
    ({ sk, row }) => sk === 'delivery' && (row.key === id || row.eventId === id || deliveryId(row) === id),
  );
  const details = wanted.map(({ row }) => {
    const own = items.filter(({ row: other }) => deliveryId(other) === deliveryId(row));
    const of = <Kind>(prefix: string) =>
      own.flatMap(({ sk, row: item }) => (sk.startsWith(prefix) ? [item as unknown as Kind] : []));
    return { row, steps: of<StepRow>('step#'), tries: of<TryRow>('try#').sort((a, b) => a.number - b.number) };
  });
  return { details, scanned: found.scanned, capped: found.capped };
}

/** All items of a delivery, when its whole id is given; undefined: there is none. */
async function readOne(hub: HubAddress, id: string): Promise<Awaited<ReturnType<typeof scan>> | undefined> {
  const address = parseDeliveryId(id);
  if (!address) return undefined;
  const { Items = [], ScannedCount: scanned = 0 } = await hub.dynamoDb.send(
    new QueryCommand({
      TableName: names(hub.stage).ledgerTable,
      KeyConditionExpression: `${LEDGER.partitionKey} = :pk`,
      ExpressionAttributeValues: { ':pk': { S: ledgerKey(address) } },
    }),
  );
  return Items.length === 0 ? undefined : { items: Items.map((item) => unmarshall(item)), scanned, capped: false };
}

async function scan(hub: HubAddress, filter: Partial<ConstructorParameters<typeof ScanCommand>[0]>) {
  const items: Record<string, unknown>[] = [];
  let scanned = 0;
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await hub.dynamoDb.send(
      new ScanCommand({ TableName: names(hub.stage).ledgerTable, ...filter, ExclusiveStartKey }),
    );
    items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
    scanned += page.ScannedCount ?? 0;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey && scanned < SCAN_CAP);
  return { items, scanned, capped: ExclusiveStartKey !== undefined };
}

function summarise(row: DeliveryRow): DeliverySummary {
  return {
    deliveryId: deliveryId(row),
    flow: row.flow,
    source: row.source,
    key: row.key,
    eventId: row.eventId,
    type: row.type,
    state: row.state,
    attempts: row.attemptsTotal,
    errorClass: row.errorClass ?? null,
    code: row.code ?? null,
    message: row.message ?? null,
    acceptedAt: new Date(row.acceptedAt).toISOString(),
    notBefore: row.notBefore === undefined ? null : new Date(row.notBefore).toISOString(),
    result: row.result ?? null,
  };
}
