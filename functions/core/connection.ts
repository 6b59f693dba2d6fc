/**
 * A target's connection: what its secret holds, as the connector's schema reads it.
 */
import { DeliveryError, reach } from './delivery-error.ts';
import type { Secrets } from './ports.ts';
import { check } from './standard-schema.ts';
import type { Target } from './target.ts';

export type ConnectionPorts = { secrets: Secrets };

/**
 * Does something with a target's connection, and once more with a fresh copy of the secret when the target refuses the
 * credentials: they may have been rotated.
 *
 * @throws DeliveryError `auth` when there is no usable secret; Unreachable when it cannot be read.
 */
export async function withConnection<Value>(
  target: Target,
  { secrets }: ConnectionPorts,
  use: (connection: unknown) => Promise<Value>,
): Promise<Value> {
  const values = await reach('secret', () => secrets.connections('target', target.name));
  try {
    return await use(await connectionOf(target, values));
  } catch (error) {
    const isRefusal = error instanceof DeliveryError && error.errorClass === 'auth' && error.outcome !== 'unknown';
    const fresher = isRefusal && (await secrets.refresh('target', target.name).catch(() => undefined));
    if (!fresher) throw error;
    return await use(await connectionOf(target, fresher));
  }
}

async function connectionOf({ name, definition }: Target, values: readonly unknown[]): Promise<unknown> {
  if (values.length === 0) {
    throw new DeliveryError('auth', 'no-connection', `target ${name} has no secret yet`, { outcome: 'not-sent' });
  }
  const checked = await check(definition.connection, values[0]);
  if ('value' in checked) return checked.value;
  const message = `the secret of target ${name} is not usable: ${checked.problems.join('; ')}`;
  throw new DeliveryError('auth', 'bad-connection', message, { outcome: 'not-sent' });
}
