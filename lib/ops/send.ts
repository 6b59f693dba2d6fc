import { randomBytes, randomInt } from 'node:crypto';
import { names } from '../../functions/core/names.ts';
import type { Fresh, Source } from '../../functions/core/source.ts';
import { check } from '../../functions/core/standard-schema.ts';
import { newPair, readVendorSide } from '../laptop/vendor-side.ts';
import { nearest } from '../mistake.ts';
import { type HubAddress, laptopOf } from './hub-address.ts';
import { OperatorError } from './operator-error.ts';
import { readConnection } from './secrets.ts';

export type Sent = { type: string; status: number; eventId: string | null; key: string | null };

/** Values that no other sample has. */
export function freshValues(): Fresh {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const id = [...randomBytes(24)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return { id, number: randomInt(1_000_000, 10_000_000), now: new Date() };
}

/**
 * Posts a realistic, correctly signed sample to a source's URL on the laptop.
 *
 * @param options.body Bytes to send instead of the type's sample.
 * @param options.forged Signs with a secret that is not the source's.
 * @param options.times How often the very same request is sent.
 */
export async function sendSample(
  hub: HubAddress,
  source: Source,
  options: { type?: string | undefined; body?: string | undefined; forged?: boolean; times?: number },
): Promise<Sent[]> {
  const { definition, name } = source;
  const { webhooks } = laptopOf(hub, 'send');
  const type = options.type ?? Object.keys(definition.types)[0] ?? 'event';
  const fresh = freshValues();
  const { encode = JSON.stringify } = definition;
  const body = options.body ?? encode(sampleOf(source, type, fresh));
  const vendor = options.forged ? newPair(definition).vendor : await vendorOf(hub, source);
  const url = `${webhooks}/${name}`;
  const { headers, query } = definition.sign({ type, body, fresh, url }, vendor);
  const identity = identify(source, headers, body, fresh.now.getTime());
  const sent: Sent[] = [];
  for (let time = 0; time < (options.times ?? 1); time++) {
    const response = await fetch(query === undefined ? url : `${url}?${query}`, { method: 'POST', headers, body });
    await response.arrayBuffer();
    sent.push({ type, status: response.status, ...identity });
  }
  return sent;
}

function sampleOf(source: Source, type: string, fresh: Fresh): unknown {
  const { types } = source.definition;
  const sample = Object.hasOwn(types, type) ? types[type]?.sample(fresh) : undefined;
  if (sample !== undefined) return sample;
  const known = nearest(type, Object.keys(types));
  throw new OperatorError(
    'not-found',
    `${source.name} has no sample of '${type}'${known}`,
    'give a body of your own with --file',
  );
}

/** @throws OperatorError when nobody here could sign as the vendor does. */
async function vendorOf(hub: HubAddress, { name, definition }: Source): Promise<unknown> {
  const secretName = names(hub.stage).sourceSecret(name);
  const connection = await readConnection(hub, secretName);
  const checked = await check(definition.connection, connection);
  if ('problems' in checked) {
    const why = `the secret of source ${name} is not usable: ${checked.problems.join('; ')}`;
    throw new OperatorError('failed', why, `set it with "syncline secrets set source/${name}"`);
  }
  const vendor = await readVendorSide(hub.secrets, secretName, connection);
  if (vendor !== undefined) return vendor;
  if (!definition.pair) return checked.value;
  const why = `the connection of source ${name} is not of this laptop's making, and what signs for it only the vendor has`;
  throw new OperatorError('failed', why, 'let the vendor send one, or start a hub on a fresh folder');
}

/** As the hub will see it, if its clock is ours: the key of a body without an id depends on the time. */
function identify({ definition }: Source, headers: Record<string, string>, body: string, acceptedAt: number) {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  try {
    const read = definition.read({ headers: lower, body: Buffer.from(body), acceptedAt });
    const [event] = 'events' in read ? read.events : [];
    return { eventId: event?.eventId ?? null, key: event?.key ?? null };
  } catch {
    return { eventId: null, key: null };
  }
}
