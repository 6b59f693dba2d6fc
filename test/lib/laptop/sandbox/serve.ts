/** A sandbox in a child process, for a test that kills it: `node serve.ts <file>`. */
import { realClock } from '../../../../lib/laptop/clock.ts';
import { startSandbox } from '../../../../lib/laptop/sandbox/start-sandbox.ts';

const { url } = await startSandbox({ port: 0, file: process.argv[2]!, clock: realClock, targets: { crm: 'hubspot' } });
process.stdout.write(`${url}\n`);
