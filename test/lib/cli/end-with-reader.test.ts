import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../../..');
const PRELOAD = ['--import', './lib/cli/end-with-reader.ts'];

/** Runs Node, and lets go of its output before it has written any. */
async function unread(args: readonly string[], stream: 'stdout' | 'stderr' = 'stdout') {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  child[stream].destroy();
  const other = stream === 'stdout' ? child.stderr : child.stdout;
  const [said, [code]] = await Promise.all([text(other), once(child, 'close')]);
  return { code: code as number, said };
}

const script = (code: string) => [...PRELOAD, '--input-type=module', '--eval', code];

describe('when the reader of its output has gone', () => {
  test.each(['sources', 'sources --json', 'try shopify-order-to-hubspot-deal', '--help'])(
    '"syncline %s" ends quietly',
    async (command) => {
      expect(await unread(['bin/syncline.js', ...command.split(' ')])).toEqual({ code: 0, said: '' });
    },
  );

  test('"npm run simulate" ends quietly, whatever is left to do', async () => {
    const [, ...args] = packageJson.scripts.simulate.split(' ');

    expect(await unread([...args, '--seeds', '1000000'])).toEqual({ code: 0, said: '' });
  });

  test('an exit code that is decided already stays', async () => {
    const code = 'console.log("refused"); process.exitCode = 1; setInterval(() => {}, 1_000);';

    expect(await unread(script(code))).toEqual({ code: 1, said: '' });
  });

  test('what stops at a signal stops as it does then, once', async () => {
    const code = `
      const running = setInterval(() => {}, 1_000);
      process.once('SIGTERM', () => {
        console.error('stopping');
        console.log('more that nobody reads');
        setTimeout(() => { console.error('stopped'); clearInterval(running); }, 50);
      });
      console.log('ready');`;

    expect(await unread(script(code))).toEqual({ code: 0, said: 'stopping\nstopped\n' });
  });

  test('results are still given to whoever reads those, and not the remarks', async () => {
    const code = 'console.error("a remark"); setTimeout(() => console.log("the result"), 50);';

    expect(await unread(script(code), 'stderr')).toEqual({ code: 0, said: 'the result\n' });
  });
});
