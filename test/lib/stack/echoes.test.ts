import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { flow, skip } from '../../../functions/core/flow.ts';
import { generic } from '../../../functions/sources/generic.ts';
import { http } from '../../../functions/targets/http.ts';
import { hubspot } from '../../../functions/targets/hubspot.ts';
import { createApp } from '../../../lib/stack/app.ts';
import { stageNamed } from '../../../lib/stage.ts';
import { stages } from '../../../stages.ts';

const NAMES = ['mirror', 'writer', 'other'] as const;

/** A flow that writes to a CRM and looks for the echoes of that, one that only writes there, one that does neither. */
function flowsTemplate(): Template {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-bundles-'));
  writeFileSync(join(folder, 'index.mjs'), '');
  const [source, crm, sink] = [generic('shop'), hubspot('crm'), http('sink')];
  const common = {
    ...({ purpose: 'For a test.', owner: 'test', order: 'any', from: source, types: 'any' } as const),
    payload: z.unknown(),
    run: async () => skip('test'),
  };
  const flows = {
    mirror: flow({ ...common, to: [crm.upsertContact, sink.sendWebhook], echo: { target: crm, of: () => undefined } }),
    writer: flow({ ...common, to: [crm.upsertContact] }),
    other: flow({ ...common, to: [sink.sendWebhook] }),
  };
  const definitions = {
    sources: [{ exportName: 'shop', source }],
    flows: NAMES.map((name) => ({ name, file: `${name}.ts`, flow: flows[name] })),
    targets: [crm, sink].map((target) => ({ exportName: target.name, target })),
  };
  const bundles = new Map(
    ['ingest-shop', 'guard', ...NAMES.map((name) => `deliver-${name}`)].map((key) => [key, folder]),
  );
  const settings = { stageName: 'dev', stage: stageNamed(stages, 'dev'), definitions, bundles };
  const app = createApp(settings, { context: cdkJson.context });
  return Template.fromStack(app.node.findChild('syncline-dev-flows') as never);
}

let template: Template;
beforeAll(() => {
  template = flowsTemplate();
});

it.each([
  ['mirror', ['dynamodb:PutItem echo#crm#*', 'dynamodb:Query echo#crm#*']],
  ['writer', ['dynamodb:PutItem echo#crm#*']],
  ['other', []],
])('the role of %s may note and read just the echoes that it has to', (name, rights) => {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const [, policy] = policies.find(([id]) => id.startsWith(`Flow${name}`))!;
  const statements: { Action: string | string[]; Condition?: Record<string, Record<string, string[]>> }[] =
    policy.Properties.PolicyDocument.Statement;
  const opened = statements.flatMap(({ Action, Condition }) => {
    const keys = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
    return [Action].flat().map((action) => `${action} ${keys}`);
  });

  expect(opened.filter((right) => right.includes('echo#')).sort()).toEqual(rights);
});
