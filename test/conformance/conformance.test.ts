import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases } from './cases/index.ts';
import { conformanceDocs, docsFile } from './docs.ts';
import { inLanes } from './lanes.ts';
import { readOptions } from './options.ts';
import { startOwnServices } from './own-services.ts';
import { probe } from './probe.ts';
import { reporter } from './report.ts';
import { type Outcome, openSuite, type Suite } from './suite.ts';

describe('the suite against our own services', { timeout: 60_000 }, () => {
  const fast = cases.filter(({ slow, costly, differsInSyncline }) => !slow && !costly && !differsInSyncline);
  let outcomes: Promise<Outcome>[];
  let suite: Suite;
  let own: Awaited<ReturnType<typeof startOwnServices>>;
  beforeAll(async () => {
    own = await startOwnServices();
    suite = openSuite(own.target);
    outcomes = inLanes(fast, 16, suite.run);
  });
  afterAll(async () => {
    const left = await suite.close();
    await own.close();
    expect(left).toEqual([]);
  });

  for (const [index, one] of fast.entries()) {
    const refused = one.refusedBySyncline;
    it(`${one.service}: ${refused ? 'refuses by name: ' : ''}${one.name}`, async () => {
      expect(await outcomes[index]!).toEqual(refused ? { kind: 'skipped', why: refused } : { kind: 'ok' });
    });
  }
});

describe('the cases', () => {
  it('have names that differ', () => {
    const names = cases.map(({ service, name }) => `${service}: ${name}`);

    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('each cite a page of an AWS document', () => {
    expect(cases.filter(({ fact }) => !/^(Amazon|AWS) .+ (Guide|Reference), \S/.test(fact))).toEqual([]);
  });

  it('stand in docs/conformance.md as they are: node test/conformance/main.ts --write-docs', () => {
    expect(readFileSync(docsFile, 'utf8')).toBe(conformanceDocs(cases));
  });
});

describe('the arguments', () => {
  it.each<[string[], string]>([
    [['--colour'], "Unknown option '--colour'"],
    [['--only', 'sqs,sns'], "--only knows sqs, dynamodb, s3, secretsmanager, lambda, monitoring, not 'sns'"],
    [['--endpoint', 'localhost'], "--endpoint must be a URL such as http://127.0.0.1:4566, not 'localhost'"],
    [['--endpoint', 'http://a', '--aws'], '--endpoint and --aws exclude each other'],
    [['--aws', '--function', 'a'], '--function and --queue belong together'],
    [
      ['--region', 'eu-west-1'],
      "--region and --function need --endpoint or --aws: Syncline's own services have theirs",
    ],
  ])('%j are refused in one line', (args, message) => {
    expect(() => readOptions(args, undefined)).toThrow(message);
  });

  it('of a stranger leave time for what lags', () => {
    const options = readOptions(['--endpoint', 'http://127.0.0.1:4566', '--only', 's3', '--slow'], 'us-east-1');

    expect(options).toEqual({
      target: {
        ...{ endpoint: 'http://127.0.0.1:4566', region: 'us-east-1', isOurs: false },
        ...{ patienceMs: 90_000, emptyAfterSeconds: 2 },
      },
      ...{ only: ['s3'], slow: true, costly: false, json: false, writeDocs: false },
    });
  });
});

describe('the probe', () => {
  it('knows a running hub by its refusals', async () => {
    const own = await startOwnServices();

    const target = await probe({ ...own.target, isOurs: false });

    await own.close();
    expect(target.isOurs).toBe(true);
  });

  it('says in one line that nothing answers', async () => {
    const target = { endpoint: 'http://127.0.0.1:9', region: 'eu-central-1', isOurs: false };
    const waits = { patienceMs: 0, emptyAfterSeconds: 0 };

    await expect(probe({ ...target, ...waits })).rejects.toThrow(/^http:\/\/127\.0\.0\.1:9 cannot be called: [^\n]+$/);
  });
});

describe('the report', () => {
  const [one] = cases;

  it('tells each case with its page, and counts', () => {
    const lines: string[] = [];
    const report = reporter(false, (line) => lines.push(line));

    report.line(one!, { kind: 'ok' }, 1);
    report.line(one!, { kind: 'failed', why: 'Error: no' }, 1);
    report.line(one!, { kind: 'skipped', why: 'slow' }, 1);

    expect(report.end()).toBe(false);
    const told = `sqs: ${one!.name} (${one!.fact})`;
    expect(lines).toEqual([
      `ok ${told}`,
      `FAILED ${told}\n  failed: Error: no`,
      `skipped: slow: ${told}`,
      '1 ok, 1 failed, 1 skipped',
    ]);
  });

  it('fails when something is left over', () => {
    const lines: string[] = [];
    const report = reporter(true, (line) => lines.push(line));

    report.line(one!, { kind: 'left over', why: 'queue a' }, 1);

    expect(report.end()).toBe(false);
    expect(JSON.parse(lines.at(-1)!)).toEqual({ ok: 1, failed: 0, skipped: 0, leftOver: ['queue a'] });
  });
});
