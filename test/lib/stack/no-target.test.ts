import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { flow, skip } from '../../../functions/core/flow.ts';
import { QUEUE } from '../../../functions/core/names.ts';
import { generic } from '../../../functions/sources/generic.ts';
import { createApp } from '../../../lib/stack/app.ts';
import { stageNamed } from '../../../lib/stage.ts';
import { stages } from '../../../stages.ts';

/** The flows of a stage in which one only watches, as they are deployed. */
function flowsTemplate(): Template {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-bundles-'));
  writeFileSync(join(folder, 'index.mjs'), '');
  const leads = generic('leads');
  const watcher = flow({
    ...{ purpose: 'Shows what comes.', owner: 'test', from: leads, types: 'any', payload: z.unknown(), to: [] },
    run: async () => skip('only watched'),
  });
  const definitions = {
    sources: [{ exportName: 'leads', source: leads }],
    flows: [{ name: 'watcher', file: 'watcher.ts', flow: watcher }],
    targets: [],
  };
  const bundles = new Map(['ingest-leads', 'deliver-watcher', 'guard'].map((key) => [key, folder]));
  const settings = { stageName: 'dev', stage: stageNamed(stages, 'dev'), definitions, bundles };
  const app = createApp(settings, { context: cdkJson.context });
  return Template.fromStack(app.node.findChild('syncline-dev-flows') as never);
}

describe('a flow that writes into no target', () => {
  let template: Template;
  beforeAll(() => {
    template = flowsTemplate();
  });

  it('may read no secret', () => {
    const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));

    expect(policy?.Properties.PolicyDocument.Statement).not.toHaveLength(0);
    expect(JSON.stringify(policy)).not.toContain('secretsmanager');
  });

  it('takes as many messages at once as any', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: QUEUE.batchSize });
  });
});
