/** Changing a source's secret without losing an event: in which order, and what is valid meanwhile. */
import { names, webhookPath } from '../../functions/core/names.ts';
import type { Source } from '../../functions/core/source.ts';
import { tokenQuery } from '../../functions/sources/common/credential.ts';
import type { Definitions } from '../definitions.ts';
import { newPair } from '../laptop/vendor-side.ts';
import { nearest } from '../mistake.ts';
import type { HubAddress } from './hub-address.ts';
import { OperatorError } from './operator-error.ts';
import { readVersions } from './secret-versions.ts';
import { setSecret } from './secrets.ts';
import { endpointCommand, webhookUrl } from './webhook-url.ts';

export type Rotation = {
  readonly source: string;
  readonly kind: string;
  readonly vendor: string;
  /** In their order, with our own command in its place. */
  readonly steps: readonly string[];
  /** What the command takes, without the values: `{"secret":"…"}`. */
  readonly value: string;
  /** Whether we make the new value ourselves: a token for the URL. */
  readonly generates: boolean;
  /** What verifies now, each since when; null when nothing does. */
  readonly current: { readonly since: string } | null;
  /** The value before: until when it verifies, or verified. */
  readonly previous: { readonly since: string; readonly validUntil: string; readonly isValid: boolean } | null;
};

/** @param address `source/<name>` */
export async function rotationOf(
  hub: HubAddress,
  definitions: Definitions,
  address: string,
  options: { hubOptions: string },
): Promise<Rotation> {
  const source = sourceAt(definitions, address);
  const { kind, sheet } = source.definition;
  const versions = await readVersions(hub, names(hub.stage).sourceSecret(source.name));
  const generates = hasToken(source, versions.current?.value);
  const command = generates
    ? `\`npx syncline secrets rotate ${address} --generate${options.hubOptions}\` for`
    : `\`npx syncline secrets set ${address} --value -${options.hubOptions}\` with`;
  const required = sheet.needs.filter(({ isOptional }) => !isOptional);
  const fields = (required.length > 0 ? required : sheet.needs).map(({ field }) => [field, '…']);
  return {
    ...{ source: source.name, kind, vendor: sheet.vendor, generates },
    steps: sheet.rotation.map((step) => step.replaceAll(/\bSET\b/g, command)),
    value: JSON.stringify(Object.fromEntries(fields)),
    current: versions.current ? { since: iso(versions.current.setAt) } : null,
    previous: versions.previous
      ? {
          since: iso(versions.previous.setAt),
          validUntil: iso(versions.previous.validUntil),
          isValid: versions.previous.isValid,
        }
      : null,
  };
}

/** Where a vendor is to send from now on. */
export type NewUrl = {
  /** With its token; it begins with `<ApiEndpoint>` where that could not be found out. */
  readonly url: string;
  /** Then, the command that shows what stands for it. */
  readonly endpointCommand?: string;
};

/**
 * Makes a new token for the URL of a source that has one, and stores its hash; the former one stays valid for seven days.
 *
 * @returns The new URL: nobody can be told it again.
 * @throws OperatorError `wrong-use` for a source whose URL has no token, `not-found` for one that there is not.
 */
export async function generateToken(
  hub: HubAddress,
  definitions: Definitions,
  address: string,
  options: { dryRun: boolean },
): Promise<NewUrl> {
  const source = sourceAt(definitions, address);
  const { current } = await readVersions(hub, names(hub.stage).sourceSecret(source.name));
  if (!hasToken(source, current?.value)) {
    const why = `${address} has no token in its URL: its secret comes from ${source.definition.sheet.vendor}`;
    throw new OperatorError('wrong-use', why, `see "syncline secrets rotate ${address}"`);
  }
  const { token } = newPair(source.definition).vendor as { token: string };
  const { tokenHash: _, ...others } = (current?.value ?? {}) as Record<string, unknown>;
  // Before anything changes: a token that is stored, and then not shown, is lost.
  const known = await webhookUrl(hub, source.name);
  await setSecret(hub, definitions, address, JSON.stringify({ ...others, token }), options);
  const url = `${known ?? `<ApiEndpoint>${webhookPath(source.name)}`}?${tokenQuery({ token })}`;
  return known === undefined ? { url, endpointCommand: endpointCommand(hub.stage) } : { url };
}

/** A vendor may do either: sign, or be given a URL with a token. What is set already decides. */
function hasToken({ definition }: Source, current: unknown): boolean {
  const connection = current ?? newPair(definition).connection;
  const vendor = newPair(definition).vendor;
  return isWith('tokenHash', connection) && isWith('token', vendor);
}

const isWith = (field: string, value: unknown) => typeof value === 'object' && value !== null && field in value;

function sourceAt({ sources }: Definitions, address: string): Source {
  const found = sources.find(({ source }) => `source/${source.name}` === address);
  if (found) return found.source;
  const known = sources.map(({ source }) => `source/${source.name}`);
  throw new OperatorError('not-found', `there is no '${address}'${nearest(address, known)}`, 'see "syncline sources"');
}

const iso = (ms: number) => new Date(ms).toISOString();
