import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../core/ports.ts';

export const systemClock: Clock = { now: () => Date.now() };

export const systemRandom: Random = {
  number: () => Math.random(),
  id: () => randomBytes(16).toString('base64url'),
};
