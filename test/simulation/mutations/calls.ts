/** Whether a call was made, and whether it may be made again: docs/delivery.md, rules 3 and 4. */
import { core, type Mutation } from './mutation.ts';

export const CALLS: readonly Mutation[] = [
  {
    name: 'committed before the effect',
    edits: [core('attempt', 'result: await steps.last(returned)', 'result: {}')],
  },
  {
    name: 'a 502 on a call that cannot be repeated is transient',
    edits: [
      core('perform', "(outcome === 'unknown' && classInDoubt(call))", 'undefined'),
      core('steps', "error.outcome === 'refused' ||", "error.code.startsWith('http-') ||"),
    ],
  },
  {
    name: 'a server error counts as a refusal',
    edits: [core('perform', "{ ...failure, outcome: 'unknown' }", "{ ...failure, outcome: 'refused' }")],
  },
  {
    name: 'no answer counts as not sent',
    edits: [
      core(
        'perform',
        "if (answer.kind === 'not-sent')",
        "if (answer.kind === 'not-sent' || answer.kind === 'unknown')",
      ),
    ],
  },
  {
    name: 'a refusal settles what an earlier call left in doubt',
    edits: [
      core(
        'steps',
        "error.outcome === 'not-sent') this.#doubts.closeOf(name)",
        "error.outcome === 'not-sent') this.#doubts.conclude(name, by)",
      ),
    ],
  },
  {
    name: 'a renamed step takes its new key though its old one may have been sent',
    edits: [core('steps', 'if (isKnown || !this', "if (name !== '' || !this")],
  },
  {
    name: 'a dead worker leaves no doubt',
    edits: [
      core(
        'claim',
        'return { ...kept, crashes: row.crashes + 1, ambiguousSince, ambiguousRunHash };',
        'return ambiguousSince > 0 && ambiguousRunHash ? { ...kept, crashes: row.crashes + 1 } : kept;',
      ),
    ],
  },
  {
    name: 'a new cycle takes new keys though a call is in doubt',
    edits: [core('claim', 'round: row.round + (settled ? 1 : 0)', 'round: row.round + 1')],
  },
  {
    name: "the vendor's memory of keys is taken for endless",
    edits: [core('look-up', 'now - since < (keyLifetimeHours - 1) * HOUR_MS', 'now > 0 || since < keyLifetimeHours')],
  },
  {
    name: 'a call is not marked open',
    edits: [core('perform', 'if (careful) await settings.markOpen(by);\n  const answer', 'const answer')],
  },
  {
    name: 'an open call is repeated',
    edits: [core('steps', "if (openStep === name && by !== 'lookup') this.#refuseBlindCall(name, ifUnknown);", '')],
  },
  {
    name: 'a look-up that finds nothing is believed at once',
    edits: [core('look-up', 'if (found || now >= settlesAt) return found;', 'if (settlesAt > 0) return found;')],
  },
  {
    name: 'a call in doubt is sent again without a look-up',
    edits: [
      core(
        'look-up',
        "if (repeatable.by !== 'lookup' || !('openedAt' in doubt)) return undefined;",
        'if (now > 0) return undefined;',
      ),
    ],
  },
  {
    name: 'a wait forgets the open call',
    edits: [
      core(
        'commit',
        "state: 'waiting', notBefore, crashes: 0 }",
        "state: 'waiting', notBefore, crashes: 0, openStep: undefined } as unknown as DeliveryRow",
      ),
    ],
  },
  {
    name: 'an open call that the run does not ask for is forgotten',
    edits: [core('attempt', 'stillOpen(steps.row, outcome) ?? outcome', 'outcome')],
  },
  {
    name: 'a step that has its result runs again',
    edits: [core('steps', 'if (stored) return stored.result as object;', '')],
  },
  {
    name: 'a failed step is forgotten when the flow catches its error',
    edits: [
      core('steps', 'if (this.failure !== undefined) throw this.failure;', ''),
      core('attempt', 'if (steps.failure !== undefined) outcome = failedBy(steps.failure);', ''),
    ],
  },
];
