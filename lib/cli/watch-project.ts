import { join } from 'node:path';
import { stages } from '../../stages.ts';
import type { Definitions } from '../definitions.ts';
import { fingerprint } from '../laptop/fingerprint.ts';
import type { Hub } from '../laptop/hub.ts';
import { projectOf } from '../laptop/reload/project.ts';
import { createReloader } from '../laptop/reload/reloader.ts';
import { watchFiles } from '../laptop/reload/watch-files.ts';
import { stageNamed } from '../stage.ts';
import { ROOT } from './common.ts';
import { note } from './output.ts';

type Options = {
  readonly folder: string;
  readonly stage: string;
  /** Fingerprint of what the running assembly was made from, where it could be told. */
  readonly madeFrom: string | undefined;
};

/** From now on a running hub runs what is saved in `functions/`. @returns Ends it. */
export function watchProject(hub: Hub, definitions: Definitions, { folder, stage, madeFrom }: Options) {
  const { reload, close } = createReloader({
    root: ROOT,
    stage,
    folder: join(folder, 'saved'),
    project: projectOf(definitions, stageNamed(stages, stage)),
    functions: hub.functions,
    updateFunctions: hub.updateFunctions,
    say: note,
  });
  const { saved, end } = watchFiles(ROOT, reload);
  note('[syncline] watching functions/: what you save runs at the next event');
  // Somebody saved while the hub was starting.
  if (madeFrom !== undefined && madeFrom !== fingerprint(ROOT, stage)) saved();
  return async () => {
    await end();
    await close();
  };
}
