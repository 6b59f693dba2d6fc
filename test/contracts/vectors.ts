import { readFileSync } from 'node:fs';
import type { Vector } from '../../lib/ops/vectors/vector.ts';

/** The vectors that vendors' own packages made. @throws Error when the environment does not say where they are. */
export function readVectors(): readonly Vector[] {
  const folder = process.env.SYNCLINE_VENDOR_DOCUMENTS;
  if (!folder) {
    throw new Error(
      '[syncline] SYNCLINE_VENDOR_DOCUMENTS is not set: it must name the folder that holds sources/vectors.json',
    );
  }
  return JSON.parse(readFileSync(`${folder}/sources/vectors.json`, 'utf8'));
}

/** Vectors whose events are not in their own requests: of those only the verdict can be right. */
export const CONTRADICTORY: readonly string[] = [
  // A GET without a body, and `foo=1&bar=2` as its query: neither names the message that it is said to tell of.
  'twilio-009',
];
