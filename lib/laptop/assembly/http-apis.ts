import type { Resource, Resources } from './resources.ts';

/** A token bucket: requests a second, and how many may come at once. */
export type Throttle = { rateLimit: number; burstLimit: number };

export type HttpRoute = {
  /** An HTTP method, or `ANY`. */
  method: string;
  /** `/a/{param}/{proxy+}`, or `$default` for whatever no other route takes. */
  path: string;
  functionName: string;
  /** How long the API waits for the function. */
  timeoutMs: number;
  throttle?: Throttle;
};

export type HttpApiDefinition = { id: string; name: string; routes: HttpRoute[] };

type RouteSettings = { ThrottlingRateLimit?: number; ThrottlingBurstLimit?: number };

/** An HTTP API waits at most, and unless told otherwise, 30 seconds for an integration. */
const defaultTimeoutMs = 30_000;

/** Left out without harm: names, and the endpoint that nobody calls here. CORS and quick create are not among them. */
const apiProperties = ['Name', 'ProtocolType', 'Description', 'DisableExecuteApiEndpoint', 'IpAddressType', 'Tags'];
const routeProperties = ['ApiId', 'RouteKey', 'Target', 'AuthorizationType', 'OperationName'];
const integrationProperties = ['ApiId', 'Description', 'IntegrationType', 'IntegrationUri', 'IntegrationMethod'];
const stageProperties = ['ApiId', 'StageName', 'AutoDeploy', 'Description', 'DefaultRouteSettings', 'RouteSettings'];

export function readHttpApis(resources: Resources): HttpApiDefinition[] {
  return resources.all('AWS::ApiGatewayV2::Api').map((api) => {
    api.allow(apiProperties);
    if (api.get('ProtocolType') !== 'HTTP') throw api.notEmulated(`protocol ${api.get('ProtocolType')}`);
    const throttleOf = readThrottles(api, resources);
    const routes = ofApi(api, resources, 'AWS::ApiGatewayV2::Route').map((route) =>
      readRoute(route, resources, throttleOf),
    );
    return { id: api.name, name: String(api.get('Name') ?? api.logicalId), routes };
  });
}

function ofApi(api: Resource, resources: Resources, type: string): Resource[] {
  return resources.all(type).filter((resource) => resource.get('ApiId') === api.ref);
}

function readRoute(
  route: Resource,
  resources: Resources,
  throttleOf: (routeKey: string) => Throttle | undefined,
): HttpRoute {
  route.allow(routeProperties);
  const authorization = route.get('AuthorizationType') ?? 'NONE';
  if (authorization !== 'NONE') throw route.notEmulated(`authorization ${authorization}`);
  const routeKey = route.text('RouteKey');
  const [method = 'ANY', path = '$default'] = routeKey === '$default' ? [] : routeKey.split(' ');
  const throttle = throttleOf(routeKey);
  return { method, path, ...readIntegration(route, resources), ...(throttle && { throttle }) };
}

/** `Target` is `integrations/<id>`; the integration must be a Lambda proxy with payload format 2.0. */
function readIntegration(route: Resource, resources: Resources): { functionName: string; timeoutMs: number } {
  const id = route.text('Target').split('/').at(-1);
  const integration = resources.all('AWS::ApiGatewayV2::Integration').find(({ ref }) => ref === id);
  if (!integration) throw route.notEmulated(`target ${route.get('Target')}`);
  integration.allow([...integrationProperties, 'PayloadFormatVersion', 'TimeoutInMillis']);
  const kind = `${integration.get('IntegrationType')} ${integration.get('PayloadFormatVersion') ?? '1.0'}`;
  if (kind !== 'AWS_PROXY 2.0') throw integration.notEmulated(`integration ${kind}`);
  return {
    functionName: readFunctionName(integration),
    timeoutMs: integration.number('TimeoutInMillis', defaultTimeoutMs),
  };
}

/** The function's ARN, alone or inside API Gateway's `…:path/2015-03-31/functions/<arn>/invocations`. */
function readFunctionName(integration: Resource): string {
  const uri = integration.text('IntegrationUri');
  const name = uri.match(/arn:aws:lambda:[^:]*:[^:]*:function:([\w-]+)/)?.[1];
  if (!name) throw integration.notEmulated(`integration with ${uri}`);
  return name;
}

/** Limits of a stage: a route's own settings, else the stage's default. */
function readThrottles(api: Resource, resources: Resources): (routeKey: string) => Throttle | undefined {
  const stages = ofApi(api, resources, 'AWS::ApiGatewayV2::Stage').map((stage) =>
    stage.allow([...stageProperties, 'AccessLogSettings', 'Tags']),
  );
  const named = stages.find((stage) => stage.name !== '$default');
  if (named) throw named.notEmulated(`stage ${named.name} (only $default)`);
  const [stage] = stages;
  const otherwise = stage?.get('DefaultRouteSettings') as RouteSettings | undefined;
  const byRoute = (stage?.get('RouteSettings') ?? {}) as Record<string, RouteSettings>;
  return (routeKey) => readThrottle({ ...otherwise, ...byRoute[routeKey] });
}

function readThrottle({ ThrottlingRateLimit, ThrottlingBurstLimit }: RouteSettings): Throttle | undefined {
  if (ThrottlingRateLimit === undefined || ThrottlingBurstLimit === undefined) return undefined;
  return { rateLimit: Number(ThrottlingRateLimit), burstLimit: Number(ThrottlingBurstLimit) };
}
