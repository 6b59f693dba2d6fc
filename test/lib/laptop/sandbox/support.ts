import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { nodeHttp } from '../../../../functions/aws/http.ts';
import { systemClock } from '../../../../functions/aws/system.ts';
import { DeliveryError } from '../../../../functions/core/delivery-error.ts';
import { perform } from '../../../../functions/core/perform.ts';
import type { Call } from '../../../../functions/core/target.ts';
import { targets as shelf } from '../../../../functions/targets/index.ts';
import { startSandbox } from '../../../../lib/laptop/sandbox/start-sandbox.ts';
import { openGate } from '../../../memory/gate.ts';
import { memorySecrets } from '../../../memory/others.ts';
import { type FakeClock, fakeClock } from '../fake-clock.ts';

/** The targets of these tests, each under a name that is not its kind. */
export const crm = shelf.hubspot('crm');
export const chat = shelf.slack('chat');
export const service = shelf.http('service');
export const kinds = { crm: 'hubspot', chat: 'slack', service: 'http' };

type Listed = {
  records: { type: string; id: string; key: string; fields: Record<string, unknown>; writes: number }[];
  calls: number;
};

/** A sandbox with the three targets; records outlive `restart`. */
export async function openSandbox(clock: FakeClock = fakeClock()) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-sandbox-'));
  const start = () => startSandbox({ port: 0, file: join(folder, 'sandbox.db'), clock, targets: kinds });
  let running = await start();
  afterAll(async () => {
    await running.close();
    rmSync(folder, { recursive: true });
  });
  const fetchFrom = (path: string, init?: RequestInit) => fetch(running.url + path, init);
  return {
    clock,
    fetch: fetchFrom,
    send: (call: Call, round = 0) => sendTo(running.url, call, round),
    async list(target: string): Promise<Listed> {
      return (await (await fetchFrom(`/${target}/records`)).json()) as Listed;
    },
    empty: (target: string) => fetchFrom(`/${target}/records`, { method: 'DELETE' }),
    setMode: (target: string, mode: string) =>
      fetchFrom(`/${target}/mode`, { method: 'PUT', body: JSON.stringify({ mode }) }),
    async restart() {
      await running.close();
      running = await start();
    },
  };
}

/** Performs a call as the engine does, over real HTTP: its result, or how it failed. */
export async function sendTo(url: string, call: Call, round = 0): Promise<object> {
  const { name, definition } = call.target;
  const connection = { ...definition.sandbox, baseUrl: `${url}/${name}` };
  const { secrets } = memorySecrets({ [`target/${name}`]: [connection] });
  const settings = { deliveryId: 'delivery-1', step: JSON.stringify(call.input), generation: 0, round };
  const rest = { deadline: Date.now() + 30_000, markOpen: async () => {} };
  try {
    return await perform(
      call,
      { ...settings, ...rest },
      { http: nodeHttp(), secrets, clock: systemClock, gate: openGate },
    );
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    const { errorClass, code, outcome, retryAfterMs } = error;
    return { errorClass, code, outcome, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
}
