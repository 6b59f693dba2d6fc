import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDefinitions, routesOf } from '../../lib/definitions.ts';
import { type Stage, stage, stageNamed } from '../../lib/stage.ts';

const root = join(import.meta.dirname, '../..');
const STAGE = stage({ flows: 'all', logRetentionDays: 1, statefulResources: 'destroy' });

const SYSTEMS = `
import { shopify as shopifySource } from '${root}/functions/sources/shopify.ts';
import { hubspot as hubspotTarget } from '${root}/functions/targets/hubspot.ts';
export const shop = shopifySource('shop');
export const crm = hubspotTarget('crm');
`;

const flowFile = (changes: Partial<Record<'from' | 'types' | 'to' | 'imports' | 'more', string>> = {}) => `
import { flow, skip } from '${root}/functions/core/flow.ts';
${changes.imports ?? "import { crm, shop } from './systems.ts';"}
export default flow({
  purpose: 'For a test.', owner: 'test', ${changes.more ?? "order: 'any',"}
  from: ${changes.from ?? 'shop'},
  types: ${changes.types ?? "['orders/paid']"},
  payload: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  to: ${changes.to ?? '[crm.upsertContact]'},
  run: async () => skip('test'),
});
`;

const GENERIC = `
import { generic } from '${root}/functions/sources/generic.ts';
import { slack } from '${root}/functions/targets/slack.ts';
export const crm = generic('crm');
export const chat = slack('chat');
`;

/** A flow of `crm` that says something in `chat`. */
const notifying = (types: string) =>
  flowFile({
    imports: "import { chat, crm } from './systems.ts';",
    from: 'crm',
    types,
    to: "[{ operation: chat.postMessage, ifUnknown: 'repeat' }]",
  });

/** A project with these files in functions/flows. */
function project(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-definitions-'));
  mkdirSync(join(folder, 'functions/flows'), { recursive: true });
  for (const [name, text] of Object.entries({ 'systems.ts': SYSTEMS, ...files })) {
    writeFileSync(join(folder, 'functions/flows', name), text);
  }
  return folder;
}

const load = (files: Record<string, string>, chosen: Stage = STAGE) => loadDefinitions(project(files), chosen);

describe('definitions', () => {
  it('finds a flow by its file, and only the systems that flows name', async () => {
    const { flows, sources, targets } = await load({ 'order-to-contact.ts': flowFile() });

    expect(flows.map(({ name }) => name)).toEqual(['order-to-contact']);
    expect(sources.map(({ exportName, source }) => [exportName, source.name])).toEqual([['shop', 'shop']]);
    expect(targets.map(({ exportName, target }) => [exportName, target.name])).toEqual([['crm', 'crm']]);
  });

  it('routes each type of a source to the flows that want it', async () => {
    const { flows, sources } = await load({
      'one.ts': flowFile(),
      'two.ts': flowFile({ types: "['orders/paid', 'orders/create']" }),
      'three.ts': flowFile({ types: "'any'" }),
    });

    expect(routesOf(sources[0]!.source, flows)).toEqual({
      '*': ['three'],
      'orders/paid': ['one', 'two'],
      'orders/create': ['two'],
    });
  });

  it('takes the latest event of an entity where it can', async () => {
    const { flows } = await load({
      'one.ts': flowFile({ more: '' }),
      'two.ts': flowFile({ types: "'any'", more: '' }),
    });

    expect(flows.map(({ flow }) => flow.order)).toEqual(['latest-wins', 'any']);
  });

  it('takes a flow that writes into no target', async () => {
    const { flows, targets } = await load({ 'one.ts': flowFile({ to: '[]' }) });

    expect(flows.map(({ flow }) => flow.operations)).toEqual([[]]);
    expect(targets).toEqual([]);
  });

  it('takes the flows that the stage names', async () => {
    const files = { 'one.ts': flowFile(), 'two.ts': flowFile() };

    const { flows } = await load(files, { ...STAGE, flows: ['two'] });

    expect(flows.map(({ name }) => name)).toEqual(['two']);
  });
});

it('lets a flow do what cannot be repeated when each body of its source has an id', async () => {
  const systems = GENERIC.replace("generic('crm')", "generic('crm', { identity: 'id' })");

  const { flows } = await load({ 'systems.ts': systems, 'one.ts': notifying("['lead.created']") });

  expect(flows).toHaveLength(1);
});

describe('a mistake is one line with file, what is wrong and the nearest right thing', () => {
  const cases: Record<string, { files: Record<string, string>; chosen?: Stage; line: string }> = {
    'an unknown event type': {
      files: { 'one.ts': flowFile({ types: "['order/paid']" }) },
      line: "[syncline] functions/flows/one.ts: shopify has no event type 'order/paid'; did you mean 'orders/paid'?",
    },
    'a flow that the stage names and nobody wrote': {
      files: { 'orders.ts': flowFile() },
      chosen: { ...STAGE, flows: ['order'] },
      line: "[syncline] stages.ts: there is no flow 'order'; did you mean 'orders'?",
    },
    'no default export': {
      files: { 'one.ts': 'export const flow = 1;' },
      line: '[syncline] functions/flows/one.ts: its default export is not a flow: write "export default flow({ … })"',
    },
    'a file name that cannot be an id': {
      files: { 'One_Flow.ts': flowFile() },
      line: "[syncline] functions/flows/One_Flow.ts: a flow's file name is its id: lower case, digits, dashes, up to 36 characters",
    },
    'a target that systems.ts does not export': {
      files: {
        'one.ts': flowFile({
          imports: `import { shop } from './systems.ts'; import { slack } from '${root}/functions/targets/slack.ts'; const chat = slack('chat');`,
          to: "[{ operation: chat.postMessage, ifUnknown: 'stop' }]",
        }),
      },
      line: "[syncline] functions/flows/one.ts: target 'chat' is not exported by functions/flows/systems.ts",
    },
    'two sources of one name': {
      files: {
        'systems.ts': `${SYSTEMS}\nexport const second = shopifySource('shop');`,
        'one.ts': flowFile(),
      },
      line: "[syncline] functions/flows/systems.ts: two sources are named 'shop': each owns one secret and one URL",
    },
    'an order that an event type cannot have': {
      files: {
        'systems.ts': SYSTEMS.replace("shopifySource('shop')", "shopifySource('shop', { types: ['refunds/create'] })"),
        'one.ts': flowFile({ types: "['orders/paid', 'refunds/create']", more: "order: 'latest-wins'," }),
      },
      line: "[syncline] functions/flows/one.ts: order 'latest-wins' cannot be had for type 'refunds/create' of shopify: it is a hint, which holds no state that could be the latest; write order: 'any'",
    },
    'an echo of a target to which nobody writes': {
      files: {
        'systems.ts': `${SYSTEMS}export const cmr = hubspotTarget('cmr');`,
        'one.ts': flowFile({
          imports: "import { cmr, crm, shop } from './systems.ts';",
          more: 'echo: { target: cmr, of: () => undefined },',
        }),
      },
      line: "[syncline] functions/flows/one.ts: no flow writes to \"echo\" target 'cmr'; did you mean 'crm'?",
    },
    'an echo of a target that does not say what it writes': {
      files: {
        'systems.ts': `${SYSTEMS}import { http } from '${root}/functions/targets/http.ts'; export const own = http('own');`,
        'one.ts': flowFile({
          imports: "import { own, shop } from './systems.ts';",
          to: '[own.sendWebhook]',
          more: 'echo: { target: own, of: () => undefined },',
        }),
      },
      line: '[syncline] functions/flows/one.ts: no operation of "echo" target \'own\' says what it writes: give one of http\'s "writes"',
    },
    'an operation that cannot be repeated, for events without an id': {
      files: { 'systems.ts': GENERIC, 'one.ts': notifying("['lead.created']") },
      line: "[syncline] functions/flows/one.ts: 'slack.postMessage' cannot be repeated, and 'lead.created' of 'crm' may have no id to tell a retry from a second event: use an operation that can be repeated, or say identity: 'id' where 'crm' is defined, if each body has one",
    },
    'an operation that cannot be repeated, for any event of such a source': {
      files: { 'systems.ts': GENERIC, 'one.ts': notifying("'any'") },
      line: "[syncline] functions/flows/one.ts: 'slack.postMessage' cannot be repeated, and 'lead.created' of 'crm' may have no id to tell a retry from a second event: use an operation that can be repeated, or say identity: 'id' where 'crm' is defined, if each body has one",
    },
    'a source that no URL receives from': {
      files: {
        'systems.ts': `${SYSTEMS}import { amazonSpApi } from '${root}/functions/sources/amazon-sp-api.ts'; export const amazon = amazonSpApi('amazon');`,
        'one.ts': flowFile({
          imports: "import { amazon, crm } from './systems.ts';",
          from: 'amazon',
          types: "['ORDER_CHANGE']",
        }),
      },
      line: "[syncline] functions/flows/one.ts: source 'amazon' (amazon-sp-api) is received by SQS or EVENTBRIDGE alone, which this release does not connect",
    },
    'a name that cannot be part of a URL': {
      files: { 'systems.ts': SYSTEMS.replace("'shop'", "'My Shop'"), 'one.ts': flowFile() },
      line: "[syncline] functions/flows/systems.ts: the name of a source is 'My Shop': it must be lower case, digits and dashes, up to 40 characters",
    },
  };

  for (const [title, { files, chosen, line }] of Object.entries(cases)) {
    it(title, async () => {
      await expect(load(files, chosen)).rejects.toMatchObject({ name: 'Mistake', message: line });
    });
  }

  it('an unknown stage', () => {
    expect(() => stageNamed({ dev: STAGE, prod: STAGE }, 'pord')).toThrow(
      "[syncline] stages.ts: there is no stage 'pord'; did you mean 'prod'?",
    );
  });
});
