/** A call's way to a vendor and back. */
import type { Http } from '../../functions/core/ports.ts';
import type { HttpResponse } from '../../functions/core/target.ts';
import { PROBE } from './flows.ts';
import { type RecordPlan, SECOND } from './plan.ts';
import { never, QUIET } from './scheduler.ts';
import type { Asked } from './vendors.ts';
import type { Worker } from './worker.ts';
import type { World } from './world.ts';

export async function send(
  world: World,
  worker: Worker,
  request: Parameters<Http['send']>[0],
): ReturnType<Http['send']> {
  const { scheduler, chance, witness } = world;
  const [, , host, path] = request.url.split('/') as [string, string, string, string];
  const vendor = world.vendors[Number(host.replace('vendor', ''))]!;
  const asked = {
    operation: path as Asked['operation'],
    logical: request.headers['x-logical']!,
    idempotencyKey: request.headers['idempotency-key'] ?? '',
    token: request.headers.authorization!,
    record: request.body && (JSON.parse(request.body.toString()) as RecordPlan),
  };
  const id = asked.logical.split(' ')[0]!;
  const what = `call ${asked.operation} ${asked.logical.split(' ')[1]}`;
  if (asked.logical !== PROBE) witness.called(worker, id);
  if (worker.dies('crash before', `before its ${what}`, id)) return never();
  const fate = vendor.fate(scheduler.now, world.isCalm ? 0 : world.plan.rates['vendor error']);
  if (fate !== 'fine') world.count(`vendor ${fate}`);
  if (fate === 'unreachable') {
    world.note?.(id, worker.name, `${what}: not sent`);
    await scheduler.sleep(chance.between(1, 500));
    return worker.alive ? { kind: 'not-sent', reason: 'ECONNREFUSED' } : never();
  }
  if (asked.operation !== 'found') worker.called.add(id);
  if (asked.operation === 'none') witness.effects.pends(asked.logical);
  const slow = world.strikes('slow vendor');
  if (slow) world.count('slow vendor');
  const thereMs = slow ? chance.magnitude(100, 12 * SECOND) : chance.between(20, 300);
  const backMs = slow ? chance.magnitude(100, 12 * SECOND) : chance.between(1, 50);
  let answer: ReturnType<typeof vendor.receive> | undefined;
  scheduler.after(thereMs, () => {
    if (world.strikes('key forgotten') && vendor.forget(asked)) world.count('key forgotten');
    answer = vendor.receive(asked, fate, scheduler.now, (afterMs, commit) => {
      scheduler.after(afterMs, () => {
        world.note?.(id, host, `commits ${what} late`);
        commit(scheduler.now);
      });
    });
    const { response, took } = answer;
    world.note?.(
      id,
      host,
      `gets ${what} of ${worker.name} (${fate}, key ${asked.idempotencyKey.slice(0, 6)}): ${response?.status ?? 'no answer'}, ${took ?? 'no effect'}`,
    );
    return QUIET;
  });
  worker.dies('crash after', `during its ${what}`, id);
  const tookMs = Math.ceil(thereMs + backMs) + 1;
  await scheduler.sleep(Math.min(tookMs, request.timeoutMs));
  if (world.strikes('frozen worker')) await worker.freeze(id);
  if (!worker.alive) return never();
  if (tookMs > request.timeoutMs) return { kind: 'unknown', reason: 'timed out' };
  const response = answer?.response;
  if (response && isClear(response)) witness.effects.cleared(asked.logical);
  if (response?.status === 200 && asked.record) witness.echoes.wrote(world.vendors.indexOf(vendor), asked.record);
  return response ? { kind: 'answered', response } : { kind: 'unknown', reason: 'ECONNRESET' };
}

/** The caller can tell from this answer whether there was an effect. */
const isClear = ({ status, body }: HttpResponse) =>
  status < 500 && status !== 409 && (status > 299 || body.toString().startsWith('{'));
