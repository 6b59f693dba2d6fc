/** One of several lanes of a run, on a core of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzzIngest } from './ingest.ts';

parentPort?.postMessage(await fuzzIngest(workerData));
