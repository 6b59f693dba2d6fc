/**
 * The door as its senders meet it: they post, and post again if they ever do; some never do, and for them there is the spool.
 */
import { createHash } from 'node:crypto';
import { accept, type Routes } from '../../functions/core/accept.ts';
import { UNREADABLE } from '../../functions/core/envelope.ts';
import { INGEST_TIMEOUT_MS, MAX_INLINE_BODY_BYTES } from '../../functions/core/names.ts';
import { openGate } from '../memory/gate.ts';
import { type BuiltFlows, EVENTS_HEADER, SOURCE } from './flows.ts';
import { DAY, HOUR, MINUTE, type Plan, type RequestPlan, SECOND } from './plan.ts';
import { Worker } from './worker.ts';
import { portsOf } from './worker-ports.ts';
import type { World } from './world.ts';

/** A vendor that got no 2xx posts again after these, and then gives up. */
const RESEND_MS = [30 * SECOND, 5 * MINUTE, HOUR, 6 * HOUR, DAY];

export class Door {
  readonly #world: World;
  readonly #flows: BuiltFlows;
  readonly #routes: Routes;
  #count = 0;

  constructor(world: World, flows: BuiltFlows) {
    this.#world = world;
    this.#flows = flows;
    this.#routes = routesOf(world.plan);
  }

  /** Once, and no more. */
  postAgain(request: RequestPlan): void {
    this.#post(request, RESEND_MS.length);
  }

  post(request: RequestPlan): void {
    this.#post(request, this.#world.plan.retries ? 0 : RESEND_MS.length);
  }

  #post(request: RequestPlan, attempt: number): void {
    const world = this.#world;
    const { scheduler, chance } = world;
    const name = `ingest#${++this.#count}`;
    const about = `request ${request.events}`;
    const again = () => {
      if (attempt >= RESEND_MS.length) return;
      world.count('vendor posts again');
      scheduler.after(RESEND_MS[attempt]! * chance.between(0.8, 1.2), () => {
        this.#post(request, attempt + 1);
      });
    };
    const worker = new Worker(world, { name, timeoutMs: INGEST_TIMEOUT_MS, died: again });
    worker.about = about;
    world.note?.(about, name, `gets ${request.events}`);
    const source = this.#flows.sourceAt(scheduler.now);
    const body = bodyOf(request);
    const headers = { [EVENTS_HEADER]: request.events.join(',') };
    const asked = { method: 'POST', rawQuery: '', headers, body };
    accept(asked, source, { routes: this.#routes, publicUrl: '' }, portsOf(world, worker, SOURCE, openGate)).then(
      ({ status }) => {
        if (!worker.alive) return;
        worker.end();
        world.note?.(about, name, `answers ${status}`);
        if (status !== 200) return again();
        const isUnread = this.#flows.isBroken(source);
        const hash = isUnread ? createHash('sha256').update(body).digest('hex') : '';
        if (isUnread) world.count('request not readable');
        world.witness.accepted(request, isUnread ? `${UNREADABLE}:${hash}` : undefined);
        if (world.strikes('ingest answer lost')) again();
      },
      (error) => world.witness.unhandled(about, `accept threw ${error}`),
    );
  }
}

function bodyOf({ events, large }: RequestPlan): Buffer {
  const ids = `${events.join(',')} `;
  if (!large) return Buffer.from(ids);
  const body = Buffer.alloc(MAX_INLINE_BODY_BYTES + 1, ' ');
  body.write(ids);
  return body;
}

function routesOf({ flows }: Plan): Routes {
  const of = (type: 'a' | 'b' | 'any') =>
    flows
      .filter(({ types }) => (type === 'any' || types === 'any' ? types === type : types.includes(type)))
      .map(({ name }) => name);
  return { a: of('a'), b: of('b'), '*': of('any') };
}
