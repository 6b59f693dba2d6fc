import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Definitions, loadDefinitions } from '../../definitions.ts';
import { type BundlePlan, planBundles } from '../../stack/bundle-plan.ts';
import { type Stage, stageNamed } from '../../stage.ts';
import { type TemplateShape, templateShape } from './template-shape.ts';

/** A project's definitions as far as a running hub asks, as plain data. */
export type Project = { plan: BundlePlan; shape: TemplateShape };

/** Answer of `project-worker.ts`. */
export type ProjectAnswer = { project: Project } | { mistake: string };

export const projectOf = (definitions: Definitions, stage: Stage): Project => ({
  plan: planBundles(definitions),
  shape: templateShape(definitions, stage),
});

/** Reads a project's files into this thread, for good: Node reads a module once. */
export async function loadProject(root: string, stageName: string): Promise<Project> {
  const { stages } = (await import(pathToFileURL(join(root, 'stages.ts')).href)) as { stages: Record<string, Stage> };
  const stage = stageNamed(stages, stageName);
  return projectOf(await loadDefinitions(root, stage), stage);
}

/**
 * Reads a project as it lies there now: in a thread of its own, which knows no module yet.
 *
 * @throws ProjectMistake with the line that `loadDefinitions` would have said.
 */
export async function readProject(root: string, stageName: string): Promise<Project> {
  const workerData = { root, stageName };
  // What a flow file prints while it is loaded belongs to nobody.
  const worker = new Worker(new URL('./project-worker.ts', import.meta.url), {
    workerData,
    stdout: true,
    stderr: true,
  });
  const answer = await new Promise<ProjectAnswer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('reading the project ended without an answer')));
  }).finally(() => worker.terminate());
  if ('mistake' in answer) throw new ProjectMistake(answer.mistake);
  return answer.project;
}

/** A project that cannot be run as it is; the message says where, in one line. */
export class ProjectMistake extends Error {}
