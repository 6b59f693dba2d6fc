/** One of several lanes of a run, on a core of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzzIngest } from './ingest.ts';

let current = 0;
const onCase = (number: number) => {
  current = number;
};
process.on('unhandledRejection', (cause) => {
  throw new Error(`[fuzz] nobody awaited a promise that failed, near case ${current} of seed ${workerData.seed}`, {
    cause,
  });
});

parentPort?.postMessage(await fuzzIngest({ ...workerData, onCase }));
