import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { flow, skip } from '../../../functions/core/flow.ts';
import { generic } from '../../../functions/sources/generic.ts';
import { http } from '../../../functions/targets/http.ts';
import { createApp } from '../../../lib/stack/app.ts';
import { stageNamed } from '../../../lib/stage.ts';
import { stages } from '../../../stages.ts';

/** The hub of two sources, of which one never retries, as it is deployed. */
function hubTemplate(): Template {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-bundles-'));
  writeFileSync(join(folder, 'index.mjs'), '');
  const [patient, once] = [generic('patient'), generic('once', { retries: false })];
  const target = http('http');
  const listener = flow({
    ...{ purpose: 'For a test.', owner: 'test', order: 'any', from: [patient, once], types: 'any' },
    to: [target.sendWebhook],
    payload: z.unknown(),
    run: async () => skip('test'),
  });
  const definitions = {
    sources: [patient, once].map((source) => ({ exportName: source.name, source })),
    flows: [{ name: 'listener', file: 'listener.ts', flow: listener }],
    targets: [{ exportName: 'http', target }],
  };
  const bundles = new Map(['ingest-patient', 'ingest-once', 'deliver-listener', 'guard'].map((key) => [key, folder]));
  const settings = { stageName: 'dev', stage: stageNamed(stages, 'dev'), definitions, bundles };
  const app = createApp(settings, { context: cdkJson.context });
  return Template.fromStack(app.node.findChild('syncline-dev') as never);
}

let template: Template;
beforeAll(() => {
  template = hubTemplate();
});

describe('the spool', () => {
  it('may be written by the ingest of a source that never retries and by the guard, and by no other', () => {
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
    const writers = policies.filter(([, policy]) => JSON.stringify(policy).includes('/spool/*'));

    expect(policies).toHaveLength(4);
    expect(writers.map(([id]) => id).sort()).toEqual([
      expect.stringContaining('Guard'),
      expect.stringContaining('Sourceonce'),
    ]);
  });

  it('has an alarm for each source that may use it', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    const names = alarms.map(({ Properties }) => Properties.AlarmName);

    expect(names.filter((name) => name.endsWith('-spooled'))).toEqual(['syncline-dev-once-spooled']);
  });

  it('never expires', () => {
    const [bucket] = Object.values(template.findResources('AWS::S3::Bucket'));

    expect(bucket?.Properties.LifecycleConfiguration.Rules.map(({ Prefix }: { Prefix: string }) => Prefix)).toEqual([
      'bodies/',
    ]);
  });
});
