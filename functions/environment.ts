import { ENVIRONMENT } from './core/names.ts';

/** The environment that the stack gives every function, by meaning. Only entry files read it. */
export type Environment = Record<keyof typeof ENVIRONMENT, string>;

/**
 * Reads settings of the environment.
 *
 * @throws Error that names the first setting which is missing.
 */
export function readEnvironment<Name extends keyof Environment>(...names: Name[]): Pick<Environment, Name> {
  const entries = names.map((name) => {
    const value = process.env[ENVIRONMENT[name]];
    if (value === undefined) throw new Error(`[syncline] environment variable ${ENVIRONMENT[name]} is not set`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as Pick<Environment, Name>;
}

/** For middy, which otherwise answers in a handler's place shortly before the time-out while the handler still works. */
export const TO_THE_END = { timeoutEarlyInMillis: 0 };
