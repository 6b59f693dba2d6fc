/** What counts, how long is waited, what is remembered, and who calls nobody: docs/delivery.md, rules 6, 9 and 10. */
import { core, type Mutation } from './mutation.ts';

export const WAITS: readonly Mutation[] = [
  {
    name: 'every failure counts as an attempt',
    edits: [core('backoff', "!UNCOUNTED.includes(errorClass) && (sent || errorClass === 'bug')", 'sent || !sent')],
  },
  { name: 'attempts without end', edits: [core('backoff', ' || attempts >= MAX_ATTEMPTS', '')] },
  {
    name: 'a redrive resets the total',
    edits: [core('claim', 'attempts: 0, crashes: 0, round', 'attempts: 0, attemptsTotal: 0, crashes: 0, round')],
  },
  {
    name: 'no floor under the waits',
    edits: [core('backoff', 'return floor / speedOf(timing);', 'return 0 * floor * speedOf(timing);')],
  },
  {
    name: 'a visibility beyond 12 hours',
    edits: [core('deliver', 'QUEUE.maxVisibilitySeconds - sinceReceive', 'QUEUE.maxVisibilitySeconds')],
  },
  {
    name: 'waiting rows have a TTL',
    edits: [
      core(
        'commit',
        "state: 'waiting', notBefore, crashes: 0 }",
        "state: 'waiting', notBefore, crashes: 0, expiresAtEpochSeconds: 1 }",
      ),
    ],
  },
  {
    name: '`when` deletes what is under way',
    edits: [core('handle', 'if (!stored || isFinal(stored.state)) {', 'if (stored || !stored) {')],
  },
  {
    name: 'a worker calls though its flow is parked',
    edits: [
      core(
        'gate',
        'if (park) throw parkedError(park, timing);',
        'if (park && timing !== timing) throw parkedError(park, timing);',
      ),
      core('known-parks', 'return this.#copy?.find((park) => holds(park, clock.now()));', 'return undefined;'),
    ],
  },
  {
    name: 'a healthy probe ends no park',
    edits: [
      core('recovery', 'for (const { subject, reason } of parks) await ports.parks.remove(subject, reason);', ''),
    ],
  },
  {
    name: 'a function that is broken is never noticed',
    edits: [core('broken', 'errors >= FAILING_SHARE * invocations', 'errors > invocations')],
  },
  {
    name: 'a function that is broken is never asked whether it runs',
    edits: [core('recovery', 'if (!park || target === undefined) return undefined;', 'if (park) return undefined;')],
  },
  {
    name: 'a mapping is never switched on again',
    edits: [core('mappings', "if (!isOn) return { what: 'resume',", "if (!isOn && isRecent) return { what: 'resume',")],
  },
];
