/**
 * What a vendor holds of a connection, where that is more than we keep: the URL with its token, a private key. On a laptop
 * somebody must play the vendor, so it lies beside the source's secret, under a name that no function may read.
 */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { AnySource, Pair } from '../../functions/core/source.ts';

/** Both sides of a new connection of a source. */
export function newPair({ pair }: AnySource): Pair<unknown> {
  if (pair) return pair(randomText);
  // Fits the signing schemes of all others: text for most, base64 behind `whsec_` for Standard Webhooks.
  const connection = { secret: `whsec_${randomBytes(24).toString('base64')}` };
  return { connection, vendor: connection };
}

const randomText = () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  // 62 does not divide 256; over 32 characters that costs less than a bit of chance.
  return [...randomBytes(32)].map((byte) => alphabet[byte % alphabet.length]).join('');
};

/** Keeps a connection's both sides. */
export async function writePair(client: SecretsManagerClient, secretName: string, pair: Pair<unknown>): Promise<void> {
  const SecretId = vendorSecret(secretName);
  await client.send(new CreateSecretCommand({ Name: SecretId })).catch((error) => {
    if (!(error instanceof ResourceExistsException)) throw error;
  });
  for (const [id, value] of [[SecretId, pair] as const, [secretName, pair.connection] as const]) {
    await client.send(new PutSecretValueCommand({ SecretId: id, SecretString: JSON.stringify(value) }));
  }
}

/**
 * @param connection What the source's secret holds now.
 * @returns What its vendor holds; undefined when that is not known: both sides were not set together.
 */
export async function readVendorSide(
  client: SecretsManagerClient,
  secretName: string,
  connection: unknown,
): Promise<unknown> {
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: vendorSecret(secretName) }));
    const pair = JSON.parse(SecretString) as Pair<unknown>;
    return isDeepStrictEqual(pair.connection, connection) ? pair.vendor : undefined;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

const vendorSecret = (secretName: string) => secretName.replace('/source/', '/vendor-of/');
