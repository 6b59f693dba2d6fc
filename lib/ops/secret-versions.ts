import { PREVIOUS_VALID_MS, readStage } from '../../functions/aws/secrets.ts';
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
    readVersion(hub, secretName, 'AWSCURRENT'),
    readVersion(hub, secretName, 'AWSPREVIOUS'),
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

async function readVersion(
  { secrets }: HubAddress,
  secretName: string,
  stage: 'AWSCURRENT' | 'AWSPREVIOUS',
): Promise<SecretVersion | undefined> {
  const version = await readStage(secrets, secretName, stage);
  return version && { value: version.value, setAt: version.createdAt ?? 0 };
}
