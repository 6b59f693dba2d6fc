/**
 * The rights that calls of Lambda need.
 *
 * @see Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda"
 */
import { parseFunctionName } from '../../lambda/operations/operation.ts';
import type { AwsRequest } from '../../service.ts';
import type { Mapping, Need, Place } from './need.ts';

type Route = (name: string, request: AwsRequest, place: Place) => Promise<Need[]> | Need[];

const onFunction =
  (action: string): Route =>
  (name, _request, { region, account }) => [
    { action: `lambda:${action}`, resource: `arn:aws:lambda:${region}:${account}:function:${parseFunctionName(name)}` },
  ];

/** The mapping's function is a condition key, by which a policy names mappings whose ids nobody knows beforehand. */
const onMapping =
  (action: string): Route =>
  async (id, { path }, place) => {
    const mapping = (await place.ask({ method: 'GET', path })) as { FunctionArn: string } | undefined;
    const resource = `arn:aws:lambda:${place.region}:${place.account}:event-source-mapping:${id}`;
    return [{ action: `lambda:${action}`, resource, context: { 'lambda:functionarn': mapping?.FunctionArn } }];
  };

const routes: [method: string, path: RegExp, route: Route][] = [
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, onFunction('InvokeFunction')],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, onFunction('GetFunction')],
  [
    'GET',
    /^\/2015-03-31\/event-source-mappings\/?$/,
    () => [{ action: 'lambda:ListEventSourceMappings', resource: '*' }],
  ],
  ['GET', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, onMapping('GetEventSourceMapping')],
  ['PUT', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, onMapping('UpdateEventSourceMapping')],
];

export const lambda: Mapping = (request, place) => {
  for (const [method, path, route] of routes) {
    const match = request.method === method && path.exec(request.path);
    if (match) return route(decodeURIComponent(match[1] ?? ''), request, place);
  }
  return undefined;
};
