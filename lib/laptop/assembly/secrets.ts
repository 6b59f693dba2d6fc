import type { Resources } from './resources.ts';

/** A secret without a value: templates give none, people and the runner put it. */
export type SecretDefinition = { name: string };

const properties = ['Name', 'Description', 'KmsKeyId', 'Tags'];

export function readSecrets(resources: Resources): SecretDefinition[] {
  return resources.all('AWS::SecretsManager::Secret').map((resource) => ({ name: resource.allow(properties).name }));
}
