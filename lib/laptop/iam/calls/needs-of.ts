import { logBug } from '../../log-bug.ts';
import type { AwsRequest, Service } from '../../service.ts';
import { mappings } from './index.ts';
import type { Need, Place } from './need.ts';

/**
 * The rights that a call needs.
 *
 * @returns Undefined for an operation without a mapping, and for a request that cannot be read.
 */
export async function needsOf(
  service: Service,
  request: AwsRequest,
  at: { account: string; region: string },
): Promise<Need[] | undefined> {
  const place: Place = { ...at, ask: (read, input) => ask(service, read, input) };
  try {
    const needs = await mappings[service.name]?.(request, place);
    // A batch of nothing needs nothing, and must not pass for that reason.
    return needs?.length === 0 ? undefined : needs;
  } catch (error) {
    // What the caller has misspelt is no bug of ours.
    if (!(error instanceof SyntaxError || error instanceof URIError)) logBug('iam', request.operation, error);
    return undefined;
  }
}

async function ask(service: Service, read: Parameters<Place['ask']>[0], input: object = {}): Promise<unknown> {
  const request: AwsRequest = {
    ...{ operation: '', method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, ...read },
    body: Buffer.from(JSON.stringify(input)),
    principal: { kind: 'administrator' },
  };
  const { status, body = '{}' } = await service.handle(request);
  return status < 300 ? JSON.parse(body.toString()) : undefined;
}
