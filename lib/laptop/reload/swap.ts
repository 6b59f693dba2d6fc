import { join } from 'node:path';
import { names } from '../../../functions/core/names.ts';
import { type Asset, type Assets, writeAsset } from '../../stack/bundle.ts';
import type { FunctionDefinition } from '../assembly/functions.ts';
import { digestOf, folderDigest } from '../digest.ts';

/**
 * Functions with the code of these assets: those whose asset is another than they run have a new folder, all others stay
 * the very same. No folder is written twice or removed: what still runs in old code may load more of it.
 */
export function withCode(
  functions: readonly FunctionDefinition[],
  assets: Assets,
  to: { stage: string; folder: string },
) {
  const assetOf = new Map([...assets].map(([key, asset]) => [functionName(key, to.stage), asset]));
  return functions.map((definition) => {
    const asset = assetOf.get(definition.name);
    return asset ? withAsset(definition, asset, to.folder) : definition;
  });
}

function withAsset(definition: FunctionDefinition, asset: Asset, folder: string): FunctionDefinition {
  const digest = digestOf(asset);
  if (digest === folderDigest(definition.assetFolder)) return definition;
  return { ...definition, assetFolder: writeAsset(asset, join(folder, `${definition.name}-${digest.slice(0, 12)}`)) };
}

/** The physical name of what is bundled under a key. */
function functionName(key: string, stage: string): string {
  if (key === 'guard') return names(stage).guardFunction;
  const [kind, name] = [key.slice(0, key.indexOf('-')), key.slice(key.indexOf('-') + 1)];
  return kind === 'ingest' ? names(stage).ingestFunction(name) : names(stage).deliverFunction(name);
}
