import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { names } from '../../functions/core/names.ts';
import { check } from '../../functions/core/standard-schema.ts';
import type { Definitions } from '../definitions.ts';
import { writePair } from '../laptop/vendor-side.ts';
import { nearest } from '../mistake.ts';
import type { HubAddress } from './hub-address.ts';
import { OperatorError } from './operator-error.ts';

/**
 * Sets the secret of a source or target. The former value of a source stays valid for seven days. Of a source what its
 * connector makes of the value is stored: of a URL's token only the hash.
 *
 * @param address `source/<name>` or `target/<name>`.
 * @param text The connection as JSON; the signing secret of a source is the field `secret`.
 */
export async function setSecret(
  hub: HubAddress,
  definitions: Definitions,
  address: string,
  text: string,
  options: { dryRun: boolean },
): Promise<void> {
  const { side, schema, secretName } = ownerOf(hub, definitions, address);
  const checked = await check(schema, parse(text));
  if ('problems' in checked) {
    const problems = checked.problems.join('; ');
    throw new OperatorError(
      'wrong-use',
      `the value does not fit ${address}: ${problems}`,
      'nothing was changed; correct the JSON',
    );
  }
  if (options.dryRun) return;
  if (side === 'source' && hub.laptop) {
    return await writePair(hub.secrets, secretName, { connection: checked.value, vendor: parse(text) });
  }
  const SecretString = side === 'source' ? JSON.stringify(checked.value) : text;
  await hub.secrets.send(new PutSecretValueCommand({ SecretId: secretName, SecretString }));
}

/** A source's connection as it is set now. @throws OperatorError when it has none. */
export async function readConnection(hub: HubAddress, secretName: string): Promise<unknown> {
  try {
    const { SecretString = '' } = await hub.secrets.send(new GetSecretValueCommand({ SecretId: secretName }));
    return JSON.parse(SecretString);
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    const next = 'set it with "syncline secrets set"';
    throw new OperatorError('not-found', `the secret ${secretName} has no value yet`, next);
  }
}

function ownerOf(hub: HubAddress, { sources, targets }: Definitions, address: string) {
  const all = [
    ...sources.map(({ source }) => ({
      side: 'source' as const,
      address: `source/${source.name}`,
      schema: source.definition.connection,
      secretName: names(hub.stage).sourceSecret(source.name),
    })),
    ...targets.map(({ target }) => ({
      side: 'target' as const,
      address: `target/${target.name}`,
      schema: target.definition.connection,
      secretName: names(hub.stage).targetSecret(target.name),
    })),
  ];
  const owner = all.find((candidate) => candidate.address === address);
  if (owner) return owner;
  const known = all.map((candidate) => candidate.address);
  throw new OperatorError(
    'not-found',
    `there is no '${address}'${nearest(address, known)}`,
    'see "syncline sources" and "syncline targets"',
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const next = 'give it as {"secret":"…"} in single quotes, or pipe it in with --value -';
    throw new OperatorError('wrong-use', 'the value is not JSON', next);
  }
}
