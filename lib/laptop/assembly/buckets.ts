import type { Resources } from './resources.ts';

export type BucketDefinition = { name: string };

/** Left out without harm: who may see it, how it is stored, when objects expire. Notifications are not among them. */
const properties = [
  'BucketName',
  'AccessControl',
  'BucketEncryption',
  'LifecycleConfiguration',
  'LoggingConfiguration',
  'OwnershipControls',
  'PublicAccessBlockConfiguration',
  'Tags',
  'VersioningConfiguration',
];

export function readBuckets(resources: Resources): BucketDefinition[] {
  return resources.all('AWS::S3::Bucket').map((resource) => ({ name: resource.allow(properties).name }));
}
