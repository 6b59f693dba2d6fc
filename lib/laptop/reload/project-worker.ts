/** The thread of `readProject`: loads a project's definitions, says what they are, and is over. */
import { parentPort, workerData } from 'node:worker_threads';
import { Mistake } from '../../mistake.ts';
import { loadProject, type ProjectAnswer } from './project.ts';

const { root, stageName } = workerData as { root: string; stageName: string };
const answer = await loadProject(root, stageName).then(
  (project): ProjectAnswer => ({ project }),
  (error: unknown): ProjectAnswer => ({
    mistake: error instanceof Mistake ? error.message : `[syncline] ${(error as Error)?.message ?? error}`,
  }),
);
parentPort?.postMessage(answer);
