import { createHash } from 'node:crypto';

/** One event on its way through one flow. */
export type DeliveryAddress = { readonly flow: string; readonly source: string; readonly key: string };

/** `<flow>/<source>/<key>`: what people see, paste and search for. */
export const deliveryId = ({ flow, source, key }: DeliveryAddress) => `${flow}/${source}/${key}`;

/** @returns undefined for text that is no deliveryId. Only keys may have slashes in them. */
export function parseDeliveryId(text: string): DeliveryAddress | undefined {
  const [, flow, source, key] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(text) ?? [];
  return flow && source && key ? { flow, source, key } : undefined;
}

/** The ledger's partition key, `<flow>#<source>#<key>`; a long or unusual key, or one that looks hashed, is hashed. */
export const ledgerKey = ({ flow, source, key }: DeliveryAddress) => `${flow}#${source}#${plainOrHashed(key)}`;

const MAX_LENGTH = 128;
const PLAIN = /^[A-Za-z0-9._:-]+$/;
const HASHED = 'sha256:';

/** A vendor's id as part of a key of ours: as it is, or hashed where it is long, unusual, or looks hashed. */
export function plainOrHashed(id: string): string {
  const plain = id.length <= MAX_LENGTH && PLAIN.test(id) && !id.startsWith(HASHED);
  return plain ? id : HASHED + createHash('sha256').update(id).digest('hex');
}
