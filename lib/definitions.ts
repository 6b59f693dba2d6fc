import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Flow } from '../functions/core/flow.ts';
import type { HeldFlow } from '../functions/core/mappings.ts';
import { QUEUE } from '../functions/core/names.ts';
import { obstacleToOrder } from '../functions/core/order.ts';
import type { Method, Source } from '../functions/core/source.ts';
import type { Target } from '../functions/core/target.ts';
import { Mistake, nearest } from './mistake.ts';
import type { Stage } from './stage.ts';

/** A thing that a company's own file defines, with the file (relative) and the name it is exported under. */
export type NamedFlow = { readonly name: string; readonly file: string; readonly flow: Flow };
export type ExportedSource = { readonly exportName: string; readonly source: Source };
export type ExportedTarget = { readonly exportName: string; readonly target: Target };

/** What a stage deploys: its flows, and only the sources and targets that they name. */
export type Definitions = {
  readonly flows: readonly NamedFlow[];
  readonly sources: readonly ExportedSource[];
  readonly targets: readonly ExportedTarget[];
};

const SYSTEMS = 'systems.ts';
const FLOWS_FOLDER = 'functions/flows';
/** Lambda allows 64 characters for `syncline-<stage>-deliver-<flow>`; stages have up to 10. */
const MAX_FLOW_NAME = 36;
/** Ways in that are not HTTP. */
const TRANSPORTS: readonly Method[] = ['SQS', 'EVENTBRIDGE'];
const NAME = /^[a-z][a-z0-9-]*$/;

/**
 * Reads the flow files and `systems.ts`, and checks them against each other.
 *
 * @param root The project's folder.
 * @throws Mistake, in one line: file, what is wrong, the nearest right thing.
 */
export async function loadDefinitions(root: string, stage: Stage): Promise<Definitions> {
  const folder = join(root, FLOWS_FOLDER);
  const systems = await importFile(folder, SYSTEMS);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== SYSTEMS);
  const all = await Promise.all(files.sort().map((file) => loadFlow(folder, file)));
  const flows = chosen(all, stage);
  const exports = Object.entries(systems);
  const usedSources = new Set(flows.flatMap(({ flow }) => flow.sources));
  const usedTargets = new Set(flows.flatMap(({ flow }) => flow.operations.map(({ target }) => target.name)));
  const sources = exports.flatMap(([exportName, value]) =>
    usedSources.has(value as Source) ? [{ exportName, source: value as Source }] : [],
  );
  const targets = exports.flatMap(([exportName, value]) =>
    isTarget(value) && usedTargets.has(value.name) ? [{ exportName, target: value }] : [],
  );
  checkSystems(exports.map(([, value]) => value as { name?: string }));
  for (const named of flows) checkFlow(named, sources, targets);
  return { flows, sources, targets };
}

async function importFile(folder: string, file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(join(folder, file)).href);
  } catch (error) {
    throw new Mistake(`${FLOWS_FOLDER}/${file}`, `it cannot be loaded: ${(error as Error).message}`);
  }
}

async function loadFlow(folder: string, file: string): Promise<NamedFlow> {
  const path = `${FLOWS_FOLDER}/${file}`;
  const name = basename(file, '.ts');
  const { default: flow } = (await importFile(folder, file)) as { default?: Flow };
  if (!NAME.test(name) || name.length > MAX_FLOW_NAME) {
    throw new Mistake(
      path,
      `a flow's file name is its id: lower case, digits, dashes, up to ${MAX_FLOW_NAME} characters`,
    );
  }
  if (typeof flow?.run !== 'function' || !Array.isArray(flow.operations)) {
    throw new Mistake(path, 'its default export is not a flow: write "export default flow({ … })"');
  }
  return { name, file: path, flow };
}

function chosen(all: readonly NamedFlow[], stage: Stage): readonly NamedFlow[] {
  const { flows } = stage;
  if (flows === 'all') return all;
  const names = all.map(({ name }) => name);
  const unknown = flows.find((name) => !names.includes(name));
  if (unknown) throw new Mistake('stages.ts', `there is no flow '${unknown}'${nearest(unknown, names)}`);
  return all.filter(({ name }) => flows.includes(name));
}

const isTarget = (value: unknown): value is Target =>
  typeof value === 'object' && value !== null && 'definition' in value && 'operations' in Object(value.definition);

function checkSystems(systems: readonly { name?: string }[]): void {
  const seen = new Map<string, string>();
  for (const system of systems) {
    const { name } = system;
    const side = isTarget(system) ? 'target' : 'source';
    if (!name || !NAME.test(name) || name.length > 40) {
      const rule = 'lower case, digits and dashes, up to 40 characters';
      throw new Mistake(`${FLOWS_FOLDER}/${SYSTEMS}`, `the name of a ${side} is '${name}': it must be ${rule}`);
    }
    if (seen.has(`${side} ${name}`)) {
      throw new Mistake(
        `${FLOWS_FOLDER}/${SYSTEMS}`,
        `two ${side}s are named '${name}': each owns one secret and one URL`,
      );
    }
    seen.set(`${side} ${name}`, name);
  }
}

function checkFlow(
  { file, flow }: NamedFlow,
  sources: readonly ExportedSource[],
  targets: readonly ExportedTarget[],
): void {
  if (flow.sources.length === 0) throw new Mistake(file, '"from" names no source');
  for (const source of flow.sources) {
    if (!sources.some((exported) => exported.source === source)) {
      throw new Mistake(file, `source '${source?.name}' is not exported by ${FLOWS_FOLDER}/${SYSTEMS}`);
    }
  }
  for (const { target } of flow.operations) {
    if (!targets.some((exported) => exported.target.name === target.name)) {
      throw new Mistake(file, `target '${target.name}' is not exported by ${FLOWS_FOLDER}/${SYSTEMS}`);
    }
  }
  checkReach(file, flow);
  checkTypes(file, flow);
  checkIdentity(file, flow);
  checkEcho(file, flow, targets);
  const obstacle = flow.order === 'latest-wins' ? obstacleToOrder(flow) : undefined;
  if (obstacle) throw new Mistake(file, obstacle);
}

/** An echo that can never be heard is a mistake. */
function checkEcho(file: string, { echo }: Flow, targets: readonly ExportedTarget[]): void {
  if (!echo) return;
  const { name, definition } = echo.target;
  const written = targets.map(({ target }) => target.name);
  if (!written.includes(name))
    throw new Mistake(file, `no flow writes to "echo" target '${name}'${nearest(name, written)}`);
  if (Object.values(definition.operations).some(({ writes }) => writes)) return;
  throw new Mistake(
    file,
    `no operation of "echo" target '${name}' says what it writes: give one of ${definition.kind}'s "writes"`,
  );
}

/** What no vendor can send to a URL would never arrive. */
function checkReach(file: string, { sources }: Flow): void {
  const unreachable = sources.find(({ definition }) =>
    definition.methods.every((method) => TRANSPORTS.includes(method)),
  );
  if (!unreachable) return;
  const { name, definition } = unreachable;
  const ways = definition.methods.join(' or ');
  throw new Mistake(
    file,
    `source '${name}' (${definition.kind}) is received by ${ways} alone, which this release does not connect`,
  );
}

function checkTypes(file: string, flow: Flow): void {
  if (flow.types === 'any') return;
  if (flow.types.length === 0) throw new Mistake(file, '"types" names no event type');
  const known = flow.sources.flatMap(({ definition }) => Object.keys(definition.types));
  const unknown = flow.types.find((type) => !known.includes(type));
  if (unknown) {
    const kinds = flow.sources.map(({ definition }) => definition.kind).join(', ');
    throw new Mistake(file, `${kinds} has no event type '${unknown}'${nearest(unknown, known)}`);
  }
}

/** Two events of equal bytes may be one, and one may be two: only what can be repeated is safe with them. */
function checkIdentity(file: string, { sources, types, operations }: Flow): void {
  const once = operations.find(({ target, operation }) => {
    return target.definition.operations[operation]?.repeatable.by === 'none';
  });
  if (!once) return;
  for (const { name, definition } of sources) {
    const taken = Object.keys(definition.types).filter((type) => types === 'any' || types.includes(type));
    const hint = taken.find((type) => definition.types[type]?.identity === 'content');
    if (hint === undefined) continue;
    const why = `'${once.id}' cannot be repeated, and '${hint}' of '${name}' may have no id to tell a retry from a second event`;
    throw new Mistake(
      file,
      `${why}: use an operation that can be repeated, or say identity: 'id' where '${name}' is defined, if each body has one`,
    );
  }
}

/** The flows that listen to a source. */
export const flowsOf = (source: Source, flows: readonly NamedFlow[]) =>
  flows.filter(({ flow }) => flow.sources.includes(source));

/** The names of the targets that a flow may write to, each once. */
export const targetsOf = ({ operations }: Flow) => [...new Set(operations.map(({ target }) => target.name))];

/** The flows as far as holding them back goes. */
export const heldFlows = (flows: readonly NamedFlow[]): HeldFlow[] =>
  flows.map(({ name, flow }) => ({ name, targets: targetsOf(flow), maximumConcurrency: QUEUE.maximumConcurrency }));

/** Whether ingest may have to spool what SQS refuses: a vendor never sends it again. */
export const spools = (sources: readonly ExportedSource[]) =>
  sources.some(({ source }) => source.definition.retries === false);

/** Which of the stage's flows want which type of a source. */
export function routesOf(source: Source, flows: readonly NamedFlow[]): Record<string, string[]> & { '*': string[] } {
  const routes: Record<string, string[]> & { '*': string[] } = { '*': [] };
  for (const { name, flow } of flowsOf(source, flows)) {
    for (const type of flow.types === 'any' ? ['*'] : flow.types) {
      routes[type] = [...(routes[type] ?? []), name];
    }
  }
  return routes;
}
