import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

const repository = join(import.meta.dirname, '../../..');

/** A folder for this test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-dev-loop-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** A flow of the small project. */
export const flowFile = ({ types = "['orders/paid']", text = 'one', group = 'flows' } = {}) => `
import { flow, skip } from '${repository}/functions/core/flow.ts';
import { crm, shop } from './systems.ts';
export default flow({
  purpose: 'For a test.', owner: 'test', order: 'any', group: '${group}', from: shop, types: ${types},
  payload: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  to: [crm.upsertContact],
  run: async () => skip('${text}'),
});
`;

/** A project of two flows whose functions do nothing but hold their flow. */
export function smallProject(): string {
  const root = temporaryFolder();
  write(root, {
    'stages.ts': `import { stage } from '${repository}/lib/stage.ts';
      export const stages = { dev: stage({ flows: 'all', logRetentionDays: 1, statefulResources: 'destroy' }) };`,
    'functions/ingest.ts': 'export const ingestHandler = (source, routes) => () => [source.name, routes];',
    'functions/deliver.ts': 'export const deliverHandler = (flow, name) => () => [flow.run, name];',
    'functions/guard.ts': 'export const guardHandler = (plan) => () => plan;',
    'functions/flows/systems.ts': `
      import { shopify as shopifySource } from '${repository}/functions/sources/shopify.ts';
      import { hubspot as hubspotTarget } from '${repository}/functions/targets/hubspot.ts';
      export const shop = shopifySource('shop');
      export const crm = hubspotTarget('crm');`,
    'functions/flows/first.ts': flowFile(),
    'functions/flows/second.ts': flowFile(),
  });
  return root;
}
