import { randomUUID } from 'node:crypto';
import { errorHeaders as cloudWatchErrorHeaders } from '../cloudwatch/create-cloud-watch.ts';
import { jsonService } from '../json-service.ts';
import { document } from '../s3/xml.ts';
import type { AwsError, AwsRequest, AwsResponse } from '../service.ts';
import { errorHeaders } from '../sqs/errors.ts';

/** The services that speak JSON with the operation in a header, as the laptop's own answer. */
const jsonServices: Record<string, Omit<Parameters<typeof jsonService>[0], 'name' | 'operations'>> = {
  sqs: { jsonVersion: '1.0', errorHeaders },
  dynamodb: { jsonVersion: '1.0' },
  secretsmanager: { jsonVersion: '1.1' },
  monitoring: { jsonVersion: '1.0', errorHeaders: cloudWatchErrorHeaders },
};

/** An error in the wire form of its service. */
export function refusal(service: string, request: AwsRequest, error: AwsError): AwsResponse | Promise<AwsResponse> {
  const json = jsonServices[service];
  if (json) return refuseAsJson(service, json, request, error);
  return service === 's3' ? refuseAsXml(request, error) : refuseAsRestJson(error);
}

function refuseAsJson(
  name: string,
  options: Omit<Parameters<typeof jsonService>[0], 'name' | 'operations'>,
  request: AwsRequest,
  error: AwsError,
) {
  const refuse = () => {
    throw error;
  };
  return jsonService({ ...options, name, operations: { [request.operation]: refuse } }).handle(request);
}

/** An answer to HEAD has no body: its status is all there is. */
function refuseAsXml({ method }: AwsRequest, { code, message, status }: AwsError): AwsResponse {
  const headers = { 'content-type': 'application/xml' };
  if (method === 'HEAD') return { status, headers };
  const body = document({ Error: { Code: code, Message: message, RequestId: randomUUID() } });
  return { status, headers, body };
}

function refuseAsRestJson({ code, message, status, fields }: AwsError): AwsResponse {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code };
  const body = { Type: status < 500 ? 'User' : 'Service', Message: message, message, ...fields };
  return { status, headers, body: JSON.stringify(body) };
}
