import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FLOWS, type Hub, SOON, startHub, syncline } from './hub.ts';

const DEFAULT_PORT = 4510;
const NO_FOLDER = join(tmpdir(), 'syncline-no-hub-here');

let hub: Hub;
const other = createServer();

beforeAll(async () => {
  // Whoever has the port already does as well.
  other.listen(DEFAULT_PORT, '127.0.0.1');
  await Promise.race([once(other, 'listening'), new Promise((resolve) => other.once('error', resolve))]);
  hub = await startHub({ port: 'default' });
});
afterAll(async () => {
  other.close();
  await hub.stop();
});

describe('"send"', () => {
  test('signs a sample as the vendor would, and "deliveries" shows what became of it', async () => {
    const sent = await hub.cli('send', 'shopify', 'orders/paid', '--json');
    await hub.quiet();
    const listed = await hub.cli('deliveries', '--json');

    const [{ key, eventId } = {}] = sent.json();
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    expect(sent.json()).toEqual([{ type: 'orders/paid', status: 200, eventId, key }]);
    expect(listed.code).toBe(0);
    expect(listed.json().map((delivery) => [delivery.flow, delivery.key, delivery.state])).toEqual(
      expect.arrayContaining([
        [FLOWS.http, key, 'delivered'],
        [FLOWS.hubspot, key, 'delivered'],
      ]),
    );
  });

  test('with --twice sends the very same request again, which is one delivery', async () => {
    const sent = await hub.cli('send', 'stripe', '--twice', '--json');
    await hub.quiet();

    const [first, second] = sent.json();
    expect(sent.code).toBe(0);
    expect(first).toEqual(second);
    expect((await hub.deliveries(FLOWS.slack)).map(({ key, state }) => [key, state])).toEqual([
      [first?.key, 'delivered'],
    ]);
    expect(await hub.records('slack')).toHaveLength(1);
  });

  test('with --forged is refused, and nothing moves', async () => {
    const before = (await hub.deliveries()).length;

    const sent = await hub.cli('send', 'standard-webhooks', '--forged', '--json');
    await hub.quiet();

    expect(sent.code).toBe(0);
    expect(sent.json()).toMatchObject([{ status: 401 }]);
    expect(await hub.deliveries()).toHaveLength(before);
  });
});

test('"sandbox" tells a vendor how to behave', async () => {
  const down = await hub.cli('sandbox', 'hubspot', 'down');
  await hub.cli('send', 'shopify', 'orders/paid');
  const listed = async () => (await hub.cli('deliveries', '--state', 'waiting', '--json')).json();
  await expect.poll(listed, SOON).toMatchObject([{ flow: FLOWS.hubspot, errorClass: 'transient' }]);
  const ok = await hub.cli('sandbox', 'hubspot', 'ok', '--json');
  await hub.quiet();

  expect(down).toMatchObject({ code: 0, stdout: 'the sandbox hubspot is down\n' });
  expect(ok.json()).toEqual([{ target: 'hubspot', mode: 'ok' }]);
  expect((await hub.deliveries(FLOWS.hubspot)).map(({ state }) => state)).not.toContain('waiting');
});

test('"secrets set" takes a connection that fits, and refuses another without repeating it', async () => {
  const fits = await hub.cli('secrets', 'set', 'source/generic', '--value', '{"secret":"a new one"}');
  const misfit = await hub.cli('secrets', 'set', 'target/slack', '--value', '{"tokn":"xoxb-1"}', '--json');

  expect(fits).toMatchObject({ code: 0, stdout: 'the secret of source/generic is set\n' });
  expect(misfit.code).toBe(2);
  expect(misfit.error()).toMatchObject({ error: { code: 'wrong-use' } });
  expect(misfit.stderr).not.toContain('xoxb-1');
});

test('"verify" judges a captured request by the source’s secret, and explains why it is refused', async () => {
  await hub.cli('secrets', 'set', 'source/generic', '--value', '{"secret":"of the mill"}');
  const signed = '{"id":"event-1","total":35.0}';
  const signature = createHmac('sha256', 'of the mill').update(signed).digest('hex');
  const message = (body: string) => `POST /hooks HTTP/1.1\r\nX-Signature: ${signature}\r\n\r\n${body}`;
  const [right, rewritten] = [join(hub.folder, 'right.http'), join(hub.folder, 'rewritten.http')];
  writeFileSync(right, message(signed));
  writeFileSync(rewritten, message('{ "id": "event-1", "total": 35.0 }'));

  const valid = await hub.cli('verify', 'generic', '--request', right, '--json');
  const refused = await hub.cli('verify', 'generic', '--request', rewritten, '--json');
  const told = await hub.cli('verify', 'generic', '--request', rewritten);

  expect(valid).toMatchObject({ code: 0, stderr: '' });
  expect(valid.json()).toMatchObject([{ source: 'generic', verdict: 'valid', secret: 'current', because: [] }]);
  expect(refused.code).toBe(1);
  expect(refused.json()).toMatchObject([
    {
      verdict: 'bad-signature',
      because: [[{ about: 'body', what: 'the body that was signed is JSON without spaces' }]],
    },
  ]);
  expect(told.stdout).toMatch(/^refused: bad-signature\n {2}generic signs HMAC/);
  expect(told.stdout + refused.stdout).not.toMatch(new RegExp(`of the mill|event-1|${signature}`));
});

test('"secrets rotate" tells the steps and what is valid, and says no secret', async () => {
  await hub.cli('secrets', 'set', 'source/stripe', '--value', '{"secret":"whsec_of_the_mill"}');

  const rotation = await hub.cli('secrets', 'rotate', 'source/stripe', '--json');
  const told = await hub.cli('secrets', 'rotate', 'source/stripe');

  expect(rotation.json()).toMatchObject([
    {
      ...{ source: 'stripe', current: { since: expect.stringMatching(/Z$/) }, previous: { isValid: true } },
      steps: expect.arrayContaining([
        `\`npx syncline secrets set source/stripe --value - --data ${hub.folder}\` with the new secret here`,
      ]),
    },
  ]);
  expect(told.stdout).toMatch(/^ {2}1\. roll the secret/m);
  expect(told.stdout).not.toContain('whsec_of_the_mill');
});

test('"try" shows what a flow would send, and calls nobody', async () => {
  const calls = await hub.calls('hubspot');

  const tried = await syncline('try', FLOWS.hubspot, '--json');

  expect(tried.code).toBe(0);
  expect(tried.json().map(({ step, operation }) => [step, operation])).toEqual([
    ['contact', 'hubspot.upsertContact'],
    ['deal', 'hubspot.upsertDeal'],
    ['result', 'hubspot.associate'],
  ]);
  expect(await hub.calls('hubspot')).toBe(calls);
});

test('"flows", "sources" and "targets" list what there is', async () => {
  const [flows, sources, targets] = await Promise.all(
    ['flows', 'sources', 'targets'].map((list) => syncline(list, '--json')),
  );

  expect(flows!.json().map(({ flow }) => flow)).toEqual([FLOWS.http, FLOWS.hubspot, FLOWS.slack]);
  expect(sources!.json().map(({ source, path }) => [source, path])).toEqual(
    expect.arrayContaining([
      ['stripe', '/v1/webhooks/stripe'],
      ['standard-webhooks', '/v1/webhooks/standard-webhooks'],
    ]),
  );
  expect(targets!.json()).toContainEqual({ target: 'slack', kind: 'slack', operations: { postMessage: 'none' } });
});

describe('"dev"', () => {
  test('takes the next port when the default one is busy, and says so', () => {
    const [port] = /\d+(?=\/v1)/.exec(hub.ready.webhooks) ?? [];

    expect(Number(port)).toBeGreaterThanOrEqual(DEFAULT_PORT + 4);
    expect(hub.notes()).toContain('[syncline] port 4510 or one of the three after it is busy: trying 4514\n');
  });

  test('prints one line when it is ready: its URLs, stage, region and account', () => {
    const url = (path: string) => expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:\\d+${path}$`));

    expect(hub.ready).toEqual({
      ...{ ready: true, webhooks: url('/v1/webhooks'), aws: url(''), sandbox: url(''), control: url('') },
      ...{ stage: 'test', region: 'eu-central-1', account: '000000000000' },
    });
  });

  test('refuses a folder that has a hub already', async () => {
    const second = await syncline('dev', '--port', '0', '--data', hub.folder, '--stage', 'test', '--json');

    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.error()).toEqual({
      error: {
        code: 'failed',
        message: `a hub runs on the folder ${hub.folder} already`,
        next: 'use that one, stop it first, or take another folder with --data',
      },
    });
  });
});

describe('an error', () => {
  test.each([
    ['no hub', 3, 'no-hub', ['deliveries', '--data', NO_FOLDER]],
    ['an unknown option', 2, 'wrong-use', ['deliveries', '--colour']],
    ['a missing argument', 2, 'wrong-use', ['send']],
    ['an unknown command', 2, 'wrong-use', ['deliver']],
    ['a port that is none', 2, 'wrong-use', ['dev', '--port', 'webhooks', '--data', NO_FOLDER]],
    ['an unknown flow', 1, 'not-found', ['try', 'shopify-order-to-hubspot-dael']],
  ])('for %s has exit code %i and the code %s, as JSON on standard error alone', async (_, exitCode, code, args) => {
    const failed = await syncline(...args, '--json');

    expect(failed).toMatchObject({ code: exitCode, stdout: '' });
    expect(failed.error()).toEqual({
      error: { code, message: expect.stringMatching(/./), next: expect.stringMatching(/./) },
    });
  });
});
