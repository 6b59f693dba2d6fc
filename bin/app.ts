import { join } from 'node:path';
import cdkJson from '../cdk.json' with { type: 'json' };
import { loadDefinitions } from '../lib/definitions.ts';
import { Mistake } from '../lib/mistake.ts';
import { bundleFunctions } from '../lib/stack/bundle.ts';
import { stageNamed } from '../lib/stage.ts';
import { stages } from '../stages.ts';

const root = join(import.meta.dirname, '..');

try {
  // The CLI passes its context here; run without it, the app still has the flags of cdk.json.
  const context = { ...cdkJson.context, ...JSON.parse(process.env.CDK_CONTEXT_JSON ?? '{}') };
  const stageName: string = context.stage ?? 'dev';
  const stage = stageNamed(stages, stageName);
  const definitions = await loadDefinitions(root, stage);
  const outFolder = join(process.env.CDK_OUTDIR ?? join(root, 'cdk.out'), 'functions');
  // The CDK is loaded while esbuild, a process of its own, builds.
  const building = bundleFunctions(root, definitions, outFolder);
  const [bundles, { createApp }] = await Promise.all([building, import('../lib/stack/app.ts')]);
  createApp({ stageName, stage, definitions, bundles }, { context }).synth();
} catch (error) {
  if (!(error instanceof Mistake)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
