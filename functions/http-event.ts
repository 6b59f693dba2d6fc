import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HttpAnswer, SourceRequest } from './core/source.ts';

/**
 * The request as the vendor sent it. API Gateway's payload 2.0 has lower-case header names, several lines of one header
 * joined by a comma, and bodies in base64 for everything but a few text types: the bytes are restored exactly.
 */
export function requestOf(event: APIGatewayProxyEventV2): SourceRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  return {
    method: event.requestContext.http.method,
    rawQuery: event.rawQueryString,
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

export function resultOf(answer: HttpAnswer): APIGatewayProxyStructuredResultV2 {
  return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body ?? '' };
}
