/**
 * Secrets Manager on the laptop. The values lie in one SQLite file of mode 0600, unencrypted: anyone who reads the user's
 * files reads them. No value appears in a message or a log.
 */
import type { Clock } from '../clock.ts';
import { jsonService, type Operation } from '../json-service.ts';
import { logBug } from '../log-bug.ts';
import { AwsError, type Service } from '../service.ts';
import { operations } from './operations/index.ts';
import { openStore } from './store.ts';
import { createVault } from './vault.ts';

/** @param options.file Where the secrets are kept; its folder is made when it is missing. */
export function createSecretsManager(options: { file: string; account: string; region: string; clock: Clock }): {
  service: Service;
  close(): Promise<void>;
} {
  const store = openStore(options.file);
  const vault = createVault(store, options.clock, options.account, options.region);
  const close = async () => store.close();
  const guarded = Object.entries(operations).map(([name, operation]) => [name, guard(name, operation(vault))]);
  const service = jsonService({
    name: 'secretsmanager',
    jsonVersion: '1.1',
    operations: Object.fromEntries(guarded),
    close,
  });
  return { service, close };
}

/** What is no answer of the API's is a bug of ours: answered as its InternalServiceError, and logged. */
function guard(name: string, operation: Operation): Operation {
  return async (input, caller) => {
    try {
      return await operation(input, caller);
    } catch (error) {
      if (error instanceof AwsError) throw error;
      logBug('secretsmanager', name, error);
      throw new AwsError('InternalServiceError', 'The emulated service failed; its log says where.', { status: 500 });
    }
  };
}
