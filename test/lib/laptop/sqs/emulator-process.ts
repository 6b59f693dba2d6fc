/** The emulator in a process of its own, for the test that kills it: `node emulator-process.ts <file> <port>`. */
import { realClock } from '../../../../lib/laptop/clock.ts';
import { startFront } from '../../../../lib/laptop/front.ts';
import { createSqs } from '../../../../lib/laptop/sqs/index.ts';

const [file, port] = process.argv.slice(2);
let url = '';
const sqs = createSqs({
  file: file!,
  account: '111122223333',
  region: 'eu-central-1',
  queueUrlBase: () => url,
  clock: realClock,
});
url = (await startFront({ services: [sqs.service], port: Number(port ?? 0) })).url;
process.stdout.write(`${url}\n`);
