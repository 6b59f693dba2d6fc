import { fetchKeys } from '../../../functions/aws/keys.ts';
import { names } from '../../../functions/core/names.ts';
import type { Source } from '../../../functions/core/source.ts';
import type { Definitions } from '../../definitions.ts';
import { type HubAddress, hubNow } from '../hub-address.ts';
import { readVersions, type SecretVersions, validOf } from '../secret-versions.ts';
import { webhookUrl } from '../webhook-url.ts';
import type { Captured } from './captured-request.ts';
import { type Explanation, explain } from './explain.ts';

export type Judged = Omit<Explanation, 'fits'> & {
  readonly source: string;
  readonly kind: string;
  /** What the vendor signs, in its own terms. */
  readonly signs: string;
  /** The time as of which it was judged. */
  readonly now: string;
  /** Which secret it is signed with, where it is valid. */
  readonly secret?: 'current' | 'previous';
};

/**
 * Judges a captured request by the secrets of a source, and explains why it is refused. The URL is the one by which the hub
 * verifies; where a stage's cannot be found out, the request's own, or else `vendorUrl`.
 *
 * @param options.now Milliseconds since the epoch. @default the hub's time
 * @param options.vendorUrl The source's URL as it is registered at the vendor, if that is not the hub's.
 */
export async function explainRequest(
  hub: HubAddress,
  definitions: Definitions,
  source: Source,
  captured: Captured,
  options: { now?: number | undefined; vendorUrl?: string | undefined },
): Promise<Judged> {
  const { kind, sheet } = source.definition;
  const now = options.now ?? (await hubNow(hub));
  const versions = await versionsOf(hub, source);
  const publicUrl = (await webhookUrl(hub, source.name)) ?? captured.url ?? options.vendorUrl ?? '';
  const { fits, ...explanation } = await explain(
    source,
    { request: captured.request, connections: validOf(versions), publicUrl, now },
    {
      ...{ vendorUrl: options.vendorUrl, capturedUrl: captured.url, fetchKey: fetchKeys(Date.now) },
      set: `syncline secrets set source/${source.name} --value -`,
      former: versions.previous && !versions.previous.isValid ? [versions.previous.value] : [],
      others: await othersOf(hub, definitions, source),
    },
  );
  return {
    ...{ source: source.name, kind, signs: sheet.signs, now: new Date(now).toISOString(), ...explanation },
    ...(fits !== undefined && { secret: fits === 0 ? ('current' as const) : ('previous' as const) }),
  };
}

const versionsOf = (hub: HubAddress, { name }: Source): Promise<SecretVersions> =>
  readVersions(hub, names(hub.stage).sourceSecret(name));

/** Secrets of other sources of the same kind: they are mixed up easily. */
async function othersOf(hub: HubAddress, { sources }: Definitions, { name, definition }: Source) {
  const others = sources.filter(({ source }) => source.name !== name && source.definition.kind === definition.kind);
  const entries = others.map(async ({ source }) => [source.name, validOf(await versionsOf(hub, source))] as const);
  return Object.fromEntries(await Promise.all(entries));
}
