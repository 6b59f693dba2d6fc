import {
  type GetFunctionConfigurationCommand,
  type LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import {
  type GetSecretValueCommand,
  ResourceNotFoundException as NoSuchSecret,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { square } from '../../../functions/sources/square.ts';
import type { Captured } from '../../../lib/ops/explain/captured-request.ts';
import { explainRequest } from '../../../lib/ops/explain/explain-request.ts';
import type { HubAddress } from '../../../lib/ops/hub-address.ts';
import { fresh } from '../../suites/source-suite.ts';

const DEPLOYED = 'https://api1.execute-api.test/v1/webhooks/shop';
const CUSTOM = 'https://hooks.example/v1/webhooks/shop';
const CONNECTION = { secret: 'of the analytical mill' };
const shop = square('shop');
const definitions = { flows: [], targets: [], sources: [{ exportName: 'shop', source: shop }] };

const secrets = {
  async send({ input }: GetSecretValueCommand) {
    if (input.VersionStage === 'AWSPREVIOUS') throw new NoSuchSecret({ $metadata: {}, message: 'no version' });
    return { SecretString: JSON.stringify(CONNECTION), CreatedDate: new Date(fresh(1).now) };
  },
} as unknown as SecretsManagerClient;

const lambda = {
  async send({ input }: GetFunctionConfigurationCommand) {
    expect(input).toEqual({ FunctionName: 'syncline-prod-ingest-shop' });
    return { Environment: { Variables: { SYNCLINE_PUBLIC_URL: 'https://api1.execute-api.test' } } };
  },
} as unknown as LambdaClient;

const notDeployed = {
  send: () => Promise.reject(new ResourceNotFoundException({ $metadata: {}, message: 'Function not found' })),
} as unknown as LambdaClient;

/** A request that the vendor signed for one URL, captured at another. */
function captured(signedFor: string, url: string): Captured {
  const body = '{"type":"payment.created"}';
  const { headers } = shop.definition.sign(
    { type: 'payment.created', body, fresh: fresh(1), url: signedFor },
    CONNECTION,
  );
  return { request: { method: 'POST', rawQuery: '', headers, body: Buffer.from(body) }, url };
}

const judged = (given: Captured, client: LambdaClient, vendorUrl?: string) =>
  explainRequest({ stage: 'prod', secrets, lambda: client } as HubAddress, definitions, shop, given, { vendorUrl });

test('on a stage, a request is judged by the URL that the stage was deployed with, wherever it was captured', async () => {
  expect(await judged(captured(DEPLOYED, 'http://127.0.0.1:8080/hooks'), lambda)).toMatchObject({ verdict: 'valid' });
  expect(await judged(captured(CUSTOM, CUSTOM), lambda)).toMatchObject({
    verdict: 'bad-signature',
    because: [[{ about: 'url', what: `the URL that was signed is the request’s own, ${CUSTOM}, not ${DEPLOYED}` }]],
  });
});

test('where that is not known, it is judged by the request’s own URL, or the one that the operator gives', async () => {
  const { url: _, ...withoutUrl } = captured(CUSTOM, '');

  expect(await judged(captured(CUSTOM, CUSTOM), notDeployed)).toMatchObject({ verdict: 'valid' });
  expect(await judged(withoutUrl, notDeployed, CUSTOM)).toMatchObject({ verdict: 'valid' });
});
