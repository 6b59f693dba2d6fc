/** Who works on a delivery, and which of its messages counts: docs/delivery.md, rules 2 and 5. */
import { core, type Mutation } from './mutation.ts';

export const CLAIMS: readonly Mutation[] = [
  {
    name: 'a write does not look at the stored token',
    edits: [['test/memory/ledger.ts', 'stored?.token !== previousToken', 'false']],
  },
  {
    name: 'a constant lease',
    edits: [core('handle', 'until: invocation.deadline + LEASE_MARGIN_MS', 'until: now + 5_000')],
  },
  {
    name: 'a live lease is not waited for',
    edits: [core('claim', 'if (now < leaseUntil) return', 'if (now < 0) return')],
  },
  {
    name: 'any new message id is a redrive',
    edits: [core('claim', 'parked && adopt && message.sentAt > (row.stoppedAt ?? 0)', 'parked && adopt')],
  },
  {
    name: 'a redrive restarts what is unknown',
    edits: [core('claim', "row.state === 'stopped' ? row.code !== BEYOND_MEMORY : row.openBy === 'lookup'", 'true')],
  },
  {
    name: "the owner's copy is deleted while it waits for its time",
    edits: [core('handle', 'return await hold(decision, row!, received);', 'return DELETE;')],
  },
  {
    name: 'a stopped message is deleted',
    edits: [
      core('handle', "if (row.state !== 'waiting') return DRAIN;", "if (row.state !== 'waiting') return DELETE;"),
    ],
  },
  {
    name: "the vendor's retry restarts what stopped after it",
    edits: [
      core('claim', "row.state === 'stopped' && envelope.acceptedAt > (row.stoppedAt ?? 0)", "row.state === 'stopped'"),
    ],
  },
  {
    name: 'a later generation does not raise the row',
    edits: [core('claim', '    generation,\n    ...(!settled', '    ...(!settled')],
  },
  {
    name: 'a later generation does not wait for a live lease',
    edits: [
      core(
        'claim',
        "if (row.state === 'delivering' && now < leaseUntil) return { do: 'hold', until: leaseUntil, adopt: false };\n  return { do: 'claim', cause: reissue",
        "if (now < 0) return { do: 'hold', until: leaseUntil, adopt: false };\n  return { do: 'claim', cause: reissue",
      ),
    ],
  },
  {
    name: 'a later generation takes over what is unknown',
    edits: [core('claim', "if (row.state === 'unknown') return { do: 'drain', adopt: false };", '')],
  },
  {
    name: 'a later generation has new keys though a call is in doubt',
    edits: [core('claim', '...(!settled && keyGeneration !== generation && { keyGeneration }),', '')],
  },
  {
    name: 'a later generation forgets what was done',
    edits: [
      core(
        'steps',
        "return step.generation === row.generation || (row.again !== 'all' &&",
        "return step.generation === row.generation || (row.again === 'all' &&",
      ),
    ],
  },
  {
    name: "a later generation keeps the final row's TTL",
    edits: [core('claim', '    expiresAtEpochSeconds: _6,\n', '')],
  },
  {
    name: 'a lost lease does not keep its worker from the message',
    edits: [core('handle', 'keep: true, delayMs: undefined }', 'keep: true, delayMs: 0 }')],
  },
];
