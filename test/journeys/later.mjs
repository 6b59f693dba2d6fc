/**
 * Loaded before a hub (`node --import later.mjs?ms=600000`): for it and for the functions that it starts it is that much
 * later. So a journey need not wait for visibility timeouts and leases. Timers run as ever.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const aheadMs = Number(new URL(import.meta.url).searchParams.get('ms'));
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + aheadMs] : given));
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};

const { spawn } = childProcess;
childProcess.spawn = (command, args, options) => spawn(command, ['--import', import.meta.url, ...args], options);
syncBuiltinESMExports();
