import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { names, webhookPath } from '../../functions/core/names.ts';
import type { Method, Source } from '../../functions/core/source.ts';
import type { Stage } from '../stage.ts';
import { acknowledge } from './acknowledge.ts';
import { addAlarm } from './alarms.ts';

/** The HTTP API: a route for each method that a source declares, throttled on its own, with an access log. */
export class FrontDoor extends Construct {
  readonly api: HttpApi;
  readonly #stage: CfnStage;
  readonly #throttle: Stage['throttle'];

  constructor(scope: Construct, id: string, props: { stageName: string; stage: Stage }) {
    super(scope, id);
    const { httpApi } = names(props.stageName);
    this.#throttle = props.stage.throttle;
    this.api = new HttpApi(this, 'Api', { apiName: httpApi, createDefaultStage: false });
    const log = new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/apigateway/${httpApi}`,
      retention: props.stage.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.stage.throttle.ratePerSecond, burstLimit: props.stage.throttle.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: AccessLogFormat.custom(ACCESS_LOG) },
    });
    this.#stage = stage.node.defaultChild as CfnStage;
    this.#stage.routeSettings = {};
    const metric = this.api.metricServerError({ period: Duration.minutes(5), statistic: 'Sum' });
    addAlarm(this, { stageName: props.stageName, subject: 'webhooks', word: 'ingest-5xx', metric });
  }

  /** Gives a source its URL. */
  addSource(source: Source, ingest: IFunction): void {
    const integration = new HttpLambdaIntegration(`Integration-${source.name}`, ingest);
    for (const method of source.definition.methods.filter(isHttp)) {
      const routeKey = HttpRouteKey.with(webhookPath(source.name), HttpMethod[method]);
      const route = new HttpRoute(this, `${method}-${source.name}`, { httpApi: this.api, routeKey, integration });
      acknowledge(route, {
        'AwsSolutions-APIG4':
          'Vendors cannot use an authorizer: the function verifies their signature over the exact bytes.',
      });
      this.#stage.routeSettings = {
        ...(this.#stage.routeSettings as object),
        [routeKey.key]: {
          ThrottlingRateLimit: this.#throttle.ratePerSecond,
          ThrottlingBurstLimit: this.#throttle.burst,
        },
      };
      this.#stage.node.addDependency(route);
    }
  }
}

const isHttp = (method: Method): method is keyof typeof HttpMethod & Method => method in HttpMethod;

/** Route keys, never raw paths or queries: a query may hold a vendor's token. */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLatencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
});
