import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { PREVIOUS_VALID_MS } from '../../functions/aws/secrets.ts';
import type { HubAddress } from './hub-address.ts';
import { hubNow } from './hub-address.ts';

/** A value of a secret, and, in milliseconds since the epoch, when it was set. */
export type SecretVersion = { readonly value: unknown; readonly setAt: number };

export type SecretVersions = {
  readonly current?: SecretVersion;
  /** The value before; it is valid until a week after the change. */
  readonly previous?: SecretVersion & { readonly validUntil: number; readonly isValid: boolean };
};

/** What a secret holds and held last, as the functions find it. Empty for one that has no value yet. */
export async function readVersions(hub: HubAddress, secretName: string): Promise<SecretVersions> {
  const [current, previous, now] = await Promise.all([
    readStage(hub, secretName, 'AWSCURRENT'),
    readStage(hub, secretName, 'AWSPREVIOUS'),
    hubNow(hub),
  ]);
  if (!current) return {};
  if (!previous) return { current };
  const validUntil = current.setAt + PREVIOUS_VALID_MS;
  return { current, previous: { ...previous, validUntil, isValid: now < validUntil } };
}

/** The values that verify now, newest first. */
export const validOf = ({ current, previous }: SecretVersions): unknown[] =>
  [current, previous?.isValid ? previous : undefined].flatMap((version) => (version ? [version.value] : []));

async function readStage(
  { secrets }: HubAddress,
  SecretId: string,
  VersionStage: string,
): Promise<SecretVersion | undefined> {
  try {
    const answer = await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }));
    return { value: parse(answer.SecretString), setAt: answer.CreatedDate?.getTime() ?? 0 };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** What is not JSON fits no connector; its text goes nowhere. */
function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
