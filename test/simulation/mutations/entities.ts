/** The order of one entity's events, and echoes: docs/delivery.md, rule 11. */
import { core, type Mutation } from './mutation.ts';

export const ENTITIES: readonly Mutation[] = [
  {
    name: 'an echo whatever its values are',
    edits: [core('echo', "hash('sha256', value === null", "hash('sha256', value !== undefined")],
  },
  {
    name: 'only the last write has an echo',
    edits: [core('echo', 'limit: MAX_WRITES', 'limit: MAX_WRITES / MAX_WRITES')],
  },
  {
    name: 'one field makes an echo',
    edits: [core('echo', '[...hashes].every(', '[...hashes].some(')],
  },
  {
    name: 'an echo for ever',
    edits: [core('echo', 'from: acceptedAt - ECHO_MS', 'from: 0')],
  },
  {
    name: 'what was written is forgotten at once',
    edits: [core('echo', 'from: acceptedAt - ECHO_MS', 'from: acceptedAt')],
  },
  {
    name: 'an echo that had to wait is news',
    edits: [core('echo', 'const { acceptedAt } = row', 'const acceptedAt = ports.clock.now()')],
  },
  {
    name: 'what an operator publishes anew is an echo',
    edits: [core('echo', ' && !envelope.reissue', '')],
  },
  {
    name: 'a delivery takes its own work for an echo',
    edits: [core('echo', 'if (!rule || !isFresh) return false;', 'if (!rule) return false;')],
  },
  {
    name: 'an echo of a call that was not made yet',
    edits: [
      core(
        'steps',
        'const result = await perform(call, this.#settings(name), this.#ports);',
        'await noteWrites(call, {}, startedAt, this.#ports);\n      const result = await perform(call, this.#settings(name), this.#ports);',
      ),
    ],
  },
  {
    name: 'what was applied to an entity is written after the row, not with it',
    edits: [
      core(
        'turns',
        'return ports.entities.leave(commit,',
        `if (as === 'apply') {
    return ports.ledger.write(row, previousToken, failedTry).then(async (written) => {
      if (written.written) await ports.entities.leave(commit, row.token, { ...turn, as, now: ports.clock.now() });
      return written;
    });
  }
  return ports.entities.leave(commit,`,
      ),
      [
        'test/memory/entities.ts',
        'if (stored?.token === row.token) return { written: true };',
        `if (stored?.token === row.token) {
        held.set(key, left(held.get(key) ?? {}, leaving));
        return { written: true };
      }`,
      ],
    ],
  },
  {
    name: 'an entity is superseded by what is only wanted',
    edits: [
      core(
        'entity',
        "const { appliedVersion, appliedBy = '', leaseBy",
        "const { wantedVersion: appliedVersion, wantedBy: appliedBy = '', leaseBy",
      ),
    ],
  },
  {
    name: 'the lease of an entity is not waited for',
    edits: [core('entity', 'if (leaseUntil > now && leaseBy', 'if (leaseUntil < 0 && leaseBy')],
  },
  {
    name: 'the lease of an entity is not released by a wait',
    edits: [
      core(
        'turns',
        "return token === undefined ? undefined : reason === 'entity-parked'",
        "return reason !== 'entity-parked' ? undefined : reason === 'entity-parked'",
      ),
    ],
  },
  {
    name: 'an older event does not wait for the one that is wanted',
    edits: [core('entity', 'if (isBehind && wantedUntil > now)', 'if (isBehind && wantedUntil < 0)')],
  },
  {
    name: 'what gave up stays wanted',
    edits: [core('turns', "? 'give-up' : 'apply'", "? (token === undefined ? undefined : 'wait') : 'apply'")],
  },
  {
    name: 'a parked entity is entered',
    edits: [core('entity', 'if (entity.parkedAt !== undefined) return', 'if (entity.parkedAt === 0) return')],
  },
];
