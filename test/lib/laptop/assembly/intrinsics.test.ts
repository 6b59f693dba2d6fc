// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders of Fn::Sub
import { describe, expect, test } from 'vitest';
import { readAssembly } from '../../../../lib/laptop/assembly/assembly.ts';
import { env, functionWith, readStack, resolved, writeAssembly } from './setup.ts';

const resources = {
  Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
  Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'syncline/dev/source/shop' } },
  Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { TableName: 'ledger' } },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'bodies' } },
  Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'access' } },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alarms' } },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'hub', ProtocolType: 'HTTP' } },
};

describe('a reference', () => {
  test.each([
    [{ Ref: 'Queue' }, 'http://127.0.0.1:4566/000000000000/orders'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:eu-central-1:000000000000:orders'],
    [{ 'Fn::GetAtt': ['Queue', 'QueueName'] }, 'orders'],
    [{ 'Fn::GetAtt': 'Queue.QueueUrl' }, 'http://127.0.0.1:4566/000000000000/orders'],
    [{ Ref: 'Secret' }, 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:syncline/dev/source/shop'],
    [{ Ref: 'Table' }, 'ledger'],
    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:aws:dynamodb:eu-central-1:000000000000:table/ledger'],
    [{ Ref: 'Bucket' }, 'bodies'],
    [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'arn:aws:s3:::bodies'],
    [{ 'Fn::GetAtt': ['Logs', 'Arn'] }, 'arn:aws:logs:eu-central-1:000000000000:log-group:access:*'],
    [{ Ref: 'Topic' }, 'arn:aws:sns:eu-central-1:000000000000:alarms'],
    [{ Ref: 'Shop' }, 'hub-shop'],
    [{ 'Fn::GetAtt': ['Shop', 'Arn'] }, 'arn:aws:lambda:eu-central-1:000000000000:function:hub-shop'],
    [{ 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:aws:iam::000000000000:role/hub-role'],
    [
      { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] },
      expect.stringMatching(/^https:\/\/[0-9a-f]{10}\.execute-api\.eu-central-1\.amazonaws\.com$/),
    ],
    [{ Ref: 'AWS::Region' }, 'eu-central-1'],
    [{ Ref: 'AWS::StackName' }, 'hub'],
  ])('%j gives %s', (value, expected) => {
    expect(resolved(value, resources)).toEqual(expected);
  });

  test("to an API's endpoint gives the laptop's own when that is known", () => {
    const folder = writeAssembly({
      hub: { Resources: { ...resources, ...functionWith({ URL: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } }) } },
    });

    const { functions } = readAssembly(folder, { ...env, apiUrl: 'http://127.0.0.1:4500' });

    expect(functions[0]?.environment).toEqual({ URL: 'http://127.0.0.1:4500' });
  });

  test('to a parameter gives its default', () => {
    const Parameters = { Level: { Type: 'String', Default: 'info' } };

    expect(resolved({ Ref: 'Level' }, {}, { Parameters })).toBe('info');
  });

  test('to an export of another stack gives its value there', () => {
    const Outputs = { Out: { Value: { Ref: 'Table' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:table' } } } };
    const value = { 'Fn::ImportValue': 'hub:table' };
    const folder = writeAssembly({
      flows: { Resources: functionWith({ TABLE: value }) },
      hub: { Resources: { Table: resources.Table }, Outputs },
    });

    expect(readAssembly(folder, env).functions[0]?.environment).toEqual({ TABLE: 'ledger' });
  });
});

describe('an intrinsic function', () => {
  test.each([
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 1]] }, 'a-eu-central-1-1'],
    [{ 'Fn::Sub': '${AWS::Partition}:${Queue.QueueName}:${Table}:${!Literal}' }, 'aws:orders:ledger:${Literal}'],
    [{ 'Fn::Sub': ['${name}/${AWS::AccountId}', { name: { Ref: 'Bucket' } }] }, 'bodies/000000000000'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::If': ['IsHere', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::If': ['IsElsewhere', 'yes', 'no'] }, 'no'],
    [
      { 'Fn::Join': ['', ['https://sqs.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/1/orders-dlq']] },
      'http://127.0.0.1:4566/1/orders-dlq',
    ],
  ])('%j gives %s', (value, expected) => {
    const IsHere = {
      'Fn::And': [
        { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] },
        { 'Fn::Not': [{ Condition: 'IsElsewhere' }] },
      ],
    };
    const IsElsewhere = { 'Fn::Or': [{ 'Fn::Equals': ['a', 'b'] }] };

    expect(resolved(value, resources, { Conditions: { IsHere, IsElsewhere } })).toBe(expected);
  });

  test('that gives AWS::NoValue leaves the property out', () => {
    const Delay = { 'Fn::If': ['Never', 5, { Ref: 'AWS::NoValue' }] };

    const { queues } = readStack(
      { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders', DelaySeconds: Delay } } },
      { Conditions: { Never: { 'Fn::Equals': [1, 2] } } },
    );

    expect(queues).toEqual([{ name: 'orders', attributes: {} }]);
  });

  test.each([
    [{ 'Fn::Cidr': ['10.0.0.0/16', 6, 8] }, 'hub/Shop: Fn::Cidr is not emulated'],
    [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, 'hub/Queue: Fn::GetAtt Colour of AWS::SQS::Queue is not emulated'],
    [{ Ref: 'Missing' }, 'hub/Shop: Missing is not in the template'],
    [{ Ref: 'Policy' }, 'hub/Policy: a reference to AWS::SQS::QueuePolicy is not emulated'],
    [{ Ref: 'Asked' }, 'hub/Shop: parameter Asked without a default is not emulated'],
    [{ 'Fn::ImportValue': 'other' }, 'hub/Shop: no stack of the assembly exports other'],
    ['{{resolve:ssm:/a}}', 'hub/Shop: a dynamic reference is not emulated'],
  ])('%j fails by name', (value, message) => {
    const Policy = { Type: 'AWS::SQS::QueuePolicy', Properties: {} };
    const read = () => resolved(value, { ...resources, Policy }, { Parameters: { Asked: { Type: 'String' } } });

    expect(read).toThrow(`[syncline] [laptop] ${message}`);
  });
});
