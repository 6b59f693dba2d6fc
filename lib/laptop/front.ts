import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { closeServer, listenOnLoopback } from './loopback.ts';
import type { AwsRequest, AwsResponse, Principal, Service } from './service.ts';

/**
 * Stands between a caller and a service: refuses, delays or watches a call. What it throws breaks the connection, as if the
 * answer were lost.
 */
export type Layer = (service: Service, request: AwsRequest, next: () => Promise<AwsResponse>) => Promise<AwsResponse>;

type RoleOfKey = ((accessKeyId: string) => string | undefined) | undefined;

/**
 * One loopback HTTP server for every emulated AWS service: what `AWS_ENDPOINT_URL` points at.
 *
 * The service is the one named in the credential scope of the `Authorization` header, the caller is the access key id:
 * a key in `roleOfKey` is that role, any other is the account's administrator. Signatures are not checked.
 *
 * The services are the front's: it closes them when it is closed, or when it cannot listen.
 *
 * @param port 0 takes a free one.
 */
export async function startFront(options: {
  services: Service[];
  port: number;
  /** Around every call, the first outermost. @default none */
  layers?: Layer[];
  roleOfKey?: RoleOfKey;
}): Promise<{ url: string; server: Server; close(): Promise<void> }> {
  const services = new Map(options.services.map((service) => [service.name, service]));
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, services, options)
      .then((response) => send(outgoing, response))
      // The client went away, or a layer drops the answer: the connection breaks.
      .catch(() => incoming.socket.destroy());
  });
  server.keepAliveTimeout = 60_000;
  const closeServices = () => Promise.all(options.services.map((service) => service.close()));
  const url = await listenOnLoopback(server, options.port).catch(async (error) => {
    await closeServices();
    throw error;
  });
  return {
    url,
    server,
    async close() {
      await closeServer(server);
      await closeServices();
    },
  };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  services: ReadonlyMap<string, Service>,
  { layers = [], roleOfKey }: { layers?: readonly Layer[]; roleOfKey?: RoleOfKey },
): Promise<AwsResponse> {
  const credential = parseCredential(incoming.headers.authorization);
  const service = credential && services.get(credential.service);
  const bodies = service?.streamsBodies ? streamBody(incoming) : { body: await readBody(incoming) };
  if (!service)
    return refuse(credential ? `service ${credential.service} is not emulated` : 'a request without AWS credentials');
  const [path = '/', query = ''] = splitAtFirst(incoming.url ?? '/', '?');
  const target = String(incoming.headers['x-amz-target'] ?? '');
  const request = {
    operation: target.slice(target.lastIndexOf('.') + 1),
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: flatten(incoming.headers),
    ...bodies,
    principal: principalOf(credential.accessKeyId, roleOfKey),
  };
  const handle = layers.reduceRight<() => Promise<AwsResponse>>(
    (next, layer) => () => layer(service, request, next),
    async () => endWith(outgoing, await service.handle(request)),
  );
  const response = await handle();
  if (service.streamsBodies) await readAway(incoming);
  return response;
}

/** A layer may drop an answer, and a client may go away before it: its stream ends with the exchange in any case. */
function endWith(outgoing: ServerResponse, response: AwsResponse): AwsResponse {
  if (response.bodyStream) finished(outgoing, () => response.bodyStream?.destroy());
  return response;
}

async function send(outgoing: ServerResponse, { status, headers, body, bodyStream }: AwsResponse): Promise<void> {
  outgoing.writeHead(status, headers);
  if (bodyStream) await pipeline(bodyStream, outgoing);
  else outgoing.end(body ?? '');
}

function splitAtFirst(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

const refuse = (what: string): AwsResponse => ({
  status: 400,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ __type: 'NotEmulatedException', message: `[syncline] [laptop] ${what}` }),
});

function principalOf(accessKeyId: string, roleOfKey: RoleOfKey): Principal {
  const roleName = roleOfKey?.(accessKeyId);
  return roleName === undefined ? { kind: 'administrator' } : { kind: 'role', roleName };
}

/** `AWS4-HMAC-SHA256 Credential=<access key id>/<date>/<region>/<service>/aws4_request, …` */
function parseCredential(authorization: string | undefined) {
  const match = authorization?.match(/Credential=([^/]+)\/[^/]+\/[^/]+\/([^/]+)\//);
  return match ? { accessKeyId: match[1]!, service: match[2]! } : undefined;
}

/** A service that stops reading leaves the request as it is: to destroy it would take the answer with it. */
function streamBody(incoming: IncomingMessage) {
  return { body: Buffer.alloc(0), bodyStream: incoming.iterator({ destroyOnReturn: false }) };
}

/** Reads what the service left of a body: a client that still sends may never see an answer. */
async function readAway(incoming: IncomingMessage): Promise<void> {
  for await (const _ of incoming);
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function flatten(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
