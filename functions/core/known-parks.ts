/**
 * One process's copy of why its flow is parked: read at most every 30 seconds, when somebody asks, and complete with what
 * this process itself has added.
 *
 * While parks cannot be read the last copy stands, for five minutes: a flow that was parked stays so, one that was not keeps
 * delivering. An older one, of a process that had nothing to do for a while, says nothing.
 */
import { reach } from './delivery-error.ts';
import { METRICS } from './names.ts';
import { holds, type Park, type ParkSubject } from './parks.ts';
import type { Clock, Parks, Telemetry } from './ports.ts';

const COPY_MS = 30_000;
const LONGEST_COPY_MS = 300_000;

export class KnownParks {
  readonly #subjects: readonly ParkSubject[];
  readonly #ports: { parks: Parks; clock: Clock; telemetry: Telemetry };
  readonly #copyMs: number;
  #copy: readonly Park[] | undefined;
  #askedAt = 0;
  #readAt = 0;

  /**
   * @param subjects The flow and its targets.
   * @param speed How many times faster time passes: `speedOf`.
   */
  constructor(
    subjects: readonly ParkSubject[],
    speed: number,
    ports: { parks: Parks; clock: Clock; telemetry: Telemetry },
  ) {
    this.#subjects = subjects;
    this.#copyMs = COPY_MS / speed;
    this.#ports = ports;
  }

  /**
   * A reason that holds now; undefined when there is none.
   *
   * @throws Unreachable when parks cannot be read, and were not for five minutes.
   */
  async current(): Promise<Park | undefined> {
    const { clock } = this.#ports;
    if (this.#copy === undefined || clock.now() - this.#askedAt >= this.#copyMs) await this.#read();
    return this.#copy?.find((park) => holds(park, clock.now()));
  }

  /** Adds a reason unless it is known to hold already. One that cannot be written holds here until the next read. */
  async add(park: Park): Promise<void> {
    const { parks, clock, telemetry } = this.#ports;
    const now = clock.now();
    if (this.#copy?.some((known) => isSame(known, park) && holds(known, now))) return;
    const { subject, reason, until = Number.POSITIVE_INFINITY, why } = park;
    let held = park;
    try {
      await parks.add(park);
    } catch (error) {
      held = { ...park, until: Math.min(until, now + this.#copyMs) };
      telemetry.log('error', 'park not written', { target: subject.name, reason, error: String(error) });
    }
    this.#copy = [...(this.#copy ?? []).filter((known) => !isSame(known, park)), held];
    telemetry.count(METRICS.parkAdded);
    telemetry.log('warn', 'parked', { target: subject.name, reason, why });
  }

  async #read(): Promise<void> {
    const { parks, clock, telemetry } = this.#ports;
    const askedAt = clock.now();
    try {
      this.#copy = await reach('parks', () => parks.read(this.#subjects));
      this.#readAt = askedAt;
    } catch (error) {
      if (this.#copy === undefined || askedAt - this.#readAt > LONGEST_COPY_MS) throw error;
      telemetry.log('warn', 'parks not read', { error: String(error) });
    }
    this.#askedAt = askedAt;
  }
}

const isSame = (one: Park, other: Park) =>
  one.reason === other.reason && one.subject.kind === other.subject.kind && one.subject.name === other.subject.name;
