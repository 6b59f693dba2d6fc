import { ArnFormat, Aws, Fn, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { names } from '../../functions/core/names.ts';

/**
 * ARNs and URLs from physical names: stacks find each other by these, never by exports, so that either can be deployed
 * or deleted alone.
 */
export function physicalNames(scope: Construct, stageName: string) {
  const stack = Stack.of(scope);
  const called = names(stageName);
  const arn = (service: string, resource: string) => stack.formatArn({ service, resource });
  const secretArn = (secretName: string) =>
    // Secrets Manager appends a dash and six characters to the name in the ARN.
    stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${secretName}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  const bucketArn = stack.formatArn({
    service: 's3',
    region: '',
    account: '',
    resource: called.bucket(Aws.ACCOUNT_ID, Aws.REGION),
  });
  return {
    ...called,
    queueArn: (flow: string) => arn('sqs', called.queue(flow)),
    /** A flow's queue URL is this followed by the flow's name. */
    queueUrlPrefix: Fn.join('', [
      'https://sqs.',
      Aws.REGION,
      '.',
      Aws.URL_SUFFIX,
      '/',
      Aws.ACCOUNT_ID,
      '/',
      called.queue(''),
    ]),
    deliverFunctionArn: (flow: string) =>
      stack.formatArn({
        service: 'lambda',
        resource: 'function',
        resourceName: called.deliverFunction(flow),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    eventSourceMappingArn: stack.formatArn({
      service: 'lambda',
      resource: 'event-source-mapping',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
    ledgerTableArn: stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: called.ledgerTable }),
    stateTableArn: stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: called.stateTable }),
    bucketName: called.bucket(Aws.ACCOUNT_ID, Aws.REGION),
    bucketArn,
    objectsArn: (prefix: string) => `${bucketArn}/${prefix}*`,
    targetSecretArn: (target: string) => secretArn(called.targetSecret(target)),
    alarmTopicArn: arn('sns', called.alarmTopic),
  };
}
