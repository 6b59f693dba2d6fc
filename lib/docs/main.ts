/** `npm run docs`: writes the pages that are made of declarations. */
import { writeFileSync } from 'node:fs';
import { shelfSheets } from '../ops/source-sheet.ts';
import { sourcesDocs, sourcesFile } from './sources.ts';

writeFileSync(sourcesFile, sourcesDocs(shelfSheets()));
