import { createHash } from 'node:crypto';

/** One event on its way through one flow. */
export type DeliveryAddress = { readonly flow: string; readonly source: string; readonly key: string };

/** `<flow>/<source>/<key>`: what people see, paste and search for. */
export const deliveryId = ({ flow, source, key }: DeliveryAddress) => `${flow}/${source}/${key}`;

const MAX_KEY_BYTES = 128;
const PLAIN_KEY = /^[A-Za-z0-9._:-]+$/;

const HASHED = 'sha256:';

/** The ledger's partition key, `<flow>#<source>#<key>`; a long or unusual key, or one that looks hashed, is hashed. */
export function ledgerKey({ flow, source, key }: DeliveryAddress): string {
  const plain = key.length <= MAX_KEY_BYTES && PLAIN_KEY.test(key) && !key.startsWith(HASHED);
  return `${flow}#${source}#${plain ? key : HASHED + createHash('sha256').update(key).digest('hex')}`;
}
