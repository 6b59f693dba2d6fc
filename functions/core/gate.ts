/**
 * The gate: what stands between a flow's calls and the network. There is one in each process, for all its invocations.
 *
 * A call passes when the flow is not parked, its target has not told this process to wait, and its turn has come. How it
 * ended is learnt here; what says that the target is in trouble becomes a park (docs/delivery.md, rule 9). An invocation
 * makes one call after the other, so that no two calls of a process are at the gate.
 */
import { parkedDelayMs } from './backoff.ts';
import { DeliveryError } from './delivery-error.ts';
import type { Flow } from './flow.ts';
import { KnownParks } from './known-parks.ts';
import { CALL_ABORT_MARGIN_MS, CALL_TIMEOUT_MS, speedOf, type Timing } from './names.ts';
import { type Lane, Pacing } from './pacing.ts';
import type { Park, ParkSubject } from './parks.ts';
import type { Clock, Parks, Telemetry } from './ports.ts';
import { redact } from './redact.ts';
import { type Call, definitionOf, type Target } from './target.ts';
import { type Finding, TargetHealth } from './target-health.ts';

export type Gate = {
  /**
   * Why the flow is parked; undefined: it is not.
   *
   * @throws Unreachable when that could not be found out for five minutes.
   */
  parked(): Promise<Park | undefined>;
  /**
   * Waits until a call may set out.
   *
   * @param input As the operation's schema made it.
   * @param deadline Milliseconds since the epoch at which the invocation ends.
   * @throws DeliveryError `not-sent`, with code `parked`, `paused` or `pacing`, when that is not soon enough; Unreachable as
   * `parked` does.
   */
  enter(call: Call, input: unknown, deadline: number): Promise<void>;
  /** Learns how a call of this delivery ended; without an error, well. Never throws. */
  learn(call: Call, deliveryId: string, error: DeliveryError | undefined): Promise<void>;
};

export type GateSettings = {
  readonly flow: Flow;
  readonly flowName: string;
  readonly timing: Timing;
  /** Requests per second that one process may send, for each of the flow's targets. */
  readonly pace: Readonly<Record<string, number>>;
};

export type GatePorts = { parks: Parks; clock: Clock; telemetry: Telemetry };

/** @throws Error when a target of the flow has no pace. */
export function createGate(settings: GateSettings, ports: GatePorts): Gate {
  const { flow, flowName, timing, pace } = settings;
  const targets = new Map(flow.operations.map(({ target }) => [target.name, target]));
  refuseMissingPace(flowName, [...targets.keys()], pace);
  const speed = speedOf(timing);
  const subjects: ParkSubject[] = [
    { kind: 'flow', name: flowName },
    ...[...targets.keys()].map((name) => ({ kind: 'target' as const, name })),
  ];
  const known = new KnownParks(subjects, speed, ports);
  const health = new Map([...targets.keys()].map((name) => [name, new TargetHealth(speed)]));
  const pacing = new Pacing();
  const { clock } = ports;

  const refuseParked = async () => {
    const park = await known.current();
    if (park) throw parkedError(park, timing);
  };

  return {
    parked: () => known.current(),

    async enter(call, input, deadline) {
      await refuseParked();
      const now = clock.now();
      const pausedMs = healthOf(health, call).pausedUntil - now;
      if (pausedMs > 0) throw notNow('paused', `${call.target.name} asked for a pause`, pausedMs);
      const lanes = lanesOf(call, input, pace[call.target.name]!);
      const turn = pacing.turnAt(lanes, now);
      const waitMs = turn - now;
      if (waitMs > 0 && turn > deadline - CALL_ABORT_MARGIN_MS - CALL_TIMEOUT_MS) {
        throw notNow('pacing', `${call.id}: its turn comes after the invocation's end`, waitMs);
      }
      pacing.take(lanes, turn);
      if (waitMs <= 0) return;
      await clock.sleep(waitMs);
      await refuseParked();
    },

    async learn(call, deliveryId, error) {
      const finding = healthOf(health, call).learn(deliveryId, error, clock.now());
      if (!finding) return;
      const why = error ? redact(`${error.code}: ${error.message}`) : '';
      await known.add({ ...parkOf(finding, call.target, clock.now(), timing), by: flowName, why });
    },
  };
}

function refuseMissingPace(flow: string, targets: readonly string[], pace: GateSettings['pace']): void {
  const missing = targets.find((target) => !(pace[target]! > 0));
  if (missing === undefined) return;
  const given = JSON.stringify(pace);
  throw new Error(
    `[syncline] [${flow}] the pace has no requests per second for target ${missing}: ${given}; synth again`,
  );
}

/** A target that is not in the flow's "to" never gets this far: its operation is refused before. */
const healthOf = (health: ReadonlyMap<string, TargetHealth>, { target }: Call) => health.get(target.name)!;

/** The target's own, and the operation's for this key, of whose limit we have the same share. */
function lanesOf(call: Call, input: unknown, perSecond: number): Lane[] {
  const { name, definition } = call.target;
  const { paced } = definitionOf(call);
  const lane = { id: name, perSecond };
  if (!paced) return [lane];
  const share = perSecond / perSecondOf(definition.limit);
  return [lane, { id: `${name} ${call.operation} ${paced.key(input)}`, perSecond: perSecondOf(paced) * share }];
}

const perSecondOf = ({ requests, perMs }: { requests: number; perMs: number }) => (requests / perMs) * 1_000;

/** Without a probe nobody can find out when a target is well again: its parks end by themselves, and the next calls tell. */
function parkOf({ reason, until }: Finding, target: Target, now: number, timing: Timing): Omit<Park, 'by' | 'why'> {
  const end = until ?? (target.definition.probe ? undefined : now + parkedDelayMs(timing));
  const subject = { kind: 'target', name: target.name } as const;
  return { subject, reason, since: now, ...(end !== undefined && { until: end }) };
}

function parkedError({ subject, reason, why }: Park, timing: Timing): DeliveryError {
  const message = `${subject.kind} ${subject.name} is parked (${reason}): ${why}`;
  const retryAfterMs = parkedDelayMs(timing);
  return new DeliveryError('transient', 'parked', message, { outcome: 'not-sent', retryAfterMs });
}

const notNow = (code: 'paused' | 'pacing', message: string, retryAfterMs: number) =>
  new DeliveryError('rate-limit', code, message, { outcome: 'not-sent', retryAfterMs });
