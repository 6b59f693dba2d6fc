/** A runner of its own, for the test that kills it: prints the pids of an idle and of a busy process. */
import type { FunctionDefinition } from '../../../../lib/laptop/assembly/functions.ts';
import { realClock } from '../../../../lib/laptop/clock.ts';
import { createLambda } from '../../../../lib/laptop/lambda/lambda.ts';

const definition = JSON.parse(process.argv[2] ?? '') as FunctionDefinition;
const busy = { ...definition, name: 'busy' };
const pids: number[] = [];
const lambda = await createLambda({
  functions: [definition, busy],
  region: 'eu-central-1',
  account: '000000000000',
  endpointUrl: () => 'http://127.0.0.1:4566',
  accessKeyOf: () => ({ accessKeyId: 'key', secretAccessKey: 'secret' }),
  onLog: (_name, line) => line === 'stays' && process.stdout.write(JSON.stringify(pids)),
  clock: realClock,
});
for (const { name } of [definition, busy]) {
  const { payload } = await lambda.invoke(name, '{}');
  pids.push(Number(payload.toString('utf8')));
}
await lambda.invoke('busy', '{"stay":true}');
