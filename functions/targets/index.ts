import { http } from './http.ts';
import { hubspot } from './hubspot.ts';
import { slack } from './slack.ts';

/** Every system that we can write to. */
export const targets = { http, hubspot, slack };
