import { type HubAddress, laptopOf } from './hub-address.ts';
import { OperatorError } from './operator-error.ts';

export type SandboxRecord = { type: string; id: string; key: string; fields: Record<string, unknown>; writes: number };

/** Tells a sandbox vendor how to behave. @throws OperatorError with the modes there are. */
export async function setSandboxMode(hub: HubAddress, target: string, mode: string): Promise<void> {
  const { sandbox } = laptopOf(hub, 'the sandbox');
  const response = await fetch(`${sandbox}/${target}/mode`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode }),
  });
  if (response.ok) return;
  throw new OperatorError('wrong-use', `the sandbox refuses: ${await response.text()}`, 'nothing was changed');
}

/** What a sandbox vendor holds. */
export async function sandboxRecords(hub: HubAddress, target: string): Promise<SandboxRecord[]> {
  const { sandbox } = laptopOf(hub, 'the sandbox');
  const response = await fetch(`${sandbox}/${target}/records`);
  const { records } = (await response.json()) as { records: SandboxRecord[] };
  return records;
}
