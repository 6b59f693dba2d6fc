import type { Clock } from './clock.ts';

/** Where and when the hub believes itself to be. */
export const REGION = 'eu-central-1';
export const ACCOUNT = '000000000000';

/** What every emulated service is given. */
export type Surroundings = { readonly account: string; readonly region: string; readonly clock: Clock };

export const surroundings = (clock: Clock): Surroundings => ({ account: ACCOUNT, region: REGION, clock });
