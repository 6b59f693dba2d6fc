import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '../assembly/resources.ts';

type Manifest = { artifacts?: Record<string, { additionalMetadataFile?: string; metadata?: Metadata }> };
type Metadata = Record<string, { type: string; data?: unknown }[]>;

/**
 * Where in the code each resource of an assembly comes from: the path of its construct.
 *
 * CDK notes paths in the templates when its command line asks it to, and logical ids beside them always. Its own path is
 * that of the CloudFormation resource; what people wrote is the construct above.
 *
 * @returns A look-up; for a resource that CDK says nothing of it gives `<stack>/<logicalId>`.
 */
export function readConstructPaths(folder: string): (resource: Resource) => string {
  const { artifacts = {} } = readJson<Manifest>(join(folder, 'manifest.json'));
  const noted = Object.entries(artifacts).flatMap(([stack, { metadata, additionalMetadataFile: file }]) => {
    const inFile = file && existsSync(join(folder, file)) ? readJson<Metadata>(join(folder, file)) : {};
    return Object.entries({ ...metadata, ...inFile }).flatMap(([path, entries]) =>
      entries.flatMap(({ type, data }) =>
        type === 'aws:cdk:logicalId' ? [[`${stack}/${data}`, path.slice(1)] as [string, string]] : [],
      ),
    );
  });
  const paths = new Map(noted);
  return ({ stack, logicalId, path }) => {
    const { Metadata } = (stack.template.Resources?.[logicalId] ?? {}) as { Metadata?: Record<string, string> };
    return (Metadata?.['aws:cdk:path'] ?? paths.get(path) ?? path).replace(/\/Resource$/, '');
  };
}

const readJson = <Value>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as Value;
