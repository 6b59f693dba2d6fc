import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { loadDefinitions } from '../../../lib/definitions.ts';
import { createApp } from '../../../lib/stack/app.ts';
import { type Bundles, bundleFunctions } from '../../../lib/stack/bundle.ts';
import { stageNamed } from '../../../lib/stage.ts';
import { stages } from '../../../stages.ts';

const root = join(import.meta.dirname, '../../..');

export type Resource = {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the properties of every resource type there is.
  Properties: any;
  DeletionPolicy?: string;
};

export type Synthesized = {
  bundles: Bundles;
  /** Resources of all stacks, by `<stack>/<logical id>`. */
  resources: Map<string, Resource>;
  countOf: Map<string, number>;
};

/** Synthesizes a stage as it is deployed, with the built-in validation and cdk-nag as errors. */
export async function synthesized(stageName: string): Promise<Synthesized> {
  const stage = stageNamed(stages, stageName);
  const definitions = await loadDefinitions(root, stage);
  const bundles = await bundleFunctions(root, definitions, mkdtempSync(join(tmpdir(), 'syncline-bundles-')));
  const app = createApp({ stageName, stage, definitions, bundles }, { context: cdkJson.context });
  app.synth();
  const resources = new Map<string, Resource>();
  const countOf = new Map<string, number>();
  for (const stack of app.node.children) {
    if (!('templateFile' in stack)) continue;
    const template = Template.fromStack(stack as never).toJSON() as { Resources: Record<string, Resource> };
    countOf.set(stack.node.id, Object.keys(template.Resources).length);
    for (const [id, resource] of Object.entries(template.Resources)) resources.set(`${stack.node.id}/${id}`, resource);
  }
  return { bundles, resources, countOf };
}

export const ofType = (resources: Synthesized['resources'], type: string) =>
  [...resources].filter(([, resource]) => resource.Type === type).map(([id, resource]) => ({ id, ...resource }));
