/**
 * Does the simulation notice? Core, deliberately broken in one place at a time, in a copy that is thrown away.
 *
 * Each mutation is a mistake that somebody could make with good intentions; a seed must catch it soon.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

type Edit = readonly [file: string, from: string, to: string];
type Mutation = { readonly name: string; readonly edits: readonly Edit[] };

const core = (file: string, from: string, to: string): Edit => [`functions/core/${file}.ts`, from, to];

const MUTATIONS: readonly Mutation[] = [
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
    name: 'committed before the effect',
    edits: [core('attempt', 'result: await steps.last(returned)', 'result: {}')],
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
    name: 'a lost lease does not keep its worker from the message',
    edits: [core('handle', 'keep: true, delayMs: undefined }', 'keep: true, delayMs: 0 }')],
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
    edits: [core('handle', 'if (!row || isFinal(row.state)) {', 'if (row || !row) {')],
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
  {
    name: '2xx before the queue has the messages',
    edits: [
      core(
        'accept',
        'const spooled = await sendOrSpool(messages, { source: source.name, retries, answerBy }, ports);',
        'const spooled = 0;\n    sendOrSpool(messages, { source: source.name, retries, answerBy }, ports).catch(() => {});',
      ),
    ],
  },
  {
    name: '2xx though the queue refused some',
    edits: [core('spool', 'if (retries) throw refused.error;', 'if (retries) return 0;')],
  },
  {
    name: '2xx before the spool has what the queue refused',
    edits: [
      core(
        'spool',
        'await spool.put(key, encode(refused.messages), answerBy);',
        'spool.put(key, encode(refused.messages), answerBy).catch(() => {});',
      ),
    ],
  },
  {
    name: '2xx though the spool refused, too',
    edits: [
      core('spool', '} catch (error) {\n    throw new Error(', '} catch (error) {\n    if (!error) throw new Error('),
    ],
  },
  {
    name: 'of a request that the queue took in part nothing is spooled',
    edits: [
      core('spool', 'if (!refused) return 0;', 'if (!refused || refused.messages.size < messages.size) return 0;'),
    ],
  },
  {
    name: 'a spooled object goes before its messages are sent',
    edits: [
      core(
        'spool',
        'const refused = await send(tried, queues, clock.now() + SEND_MS);',
        'await spool.remove(key);\n  const refused = await send(tried, queues, clock.now() + SEND_MS);',
      ),
    ],
  },
  {
    name: 'a spooled object goes though the queue refused some of it',
    edits: [core('spool', 'new Map([...bad, ...(refused?.messages ?? [])])', 'new Map(bad)')],
  },
  {
    name: 'what is left of a spooled object is what was sent of it',
    edits: [core('spool', 'encode(left), clock', 'encode(tried), clock')],
  },
  {
    name: 'a spooled object that cannot be sent is not reported',
    edits: [core('spool', '      } catch (error) {\n        counts.failed++;', '      } catch (error) {')],
  },
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
    name: 'read again, and not published',
    edits: [core('republish', '() => [envelope.flow]', '() => []')],
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

const SEEDS = 3_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** @returns Whether every mutation was caught. */
export async function runMutations(only?: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-mutations-'));
  try {
    for (const part of ['functions/core', 'test/fixtures/sheet.ts', 'test/memory', 'test/simulation']) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const missed: string[] = [];
    const wanted = MUTATIONS.filter(({ name }) => only === undefined || name.includes(only));
    if (wanted.length === 0) throw new Error(`no mutation has '${only}' in its name: nothing would be proved`);
    const mutated = wanted.map((mutation) => ({ mutation, files: mutatedFiles(folder, mutation) }));
    for (const { mutation, files } of mutated) {
      const caught = await tryMutation(folder, mutation.name, files);
      console.log(`${caught ?? `MISSED in ${SEEDS} seeds`}  ${mutation.name}`);
      if (caught === undefined) missed.push(mutation.name);
    }
    console.log(JSON.stringify({ mutations: wanted.length, missed }));
    return missed.length === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a mutation makes of the files that it changes, by their path in the project. */
function mutatedFiles(folder: string, { name, edits }: Mutation): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [file, from, to] of edits) {
    const text = files.get(file) ?? readFileSync(join(folder, file), 'utf8');
    if (text.split(from).length !== 2) throw new Error(`mutation '${name}': ${file} has not exactly one '${from}'`);
    files.set(
      file,
      text.replace(from, () => to),
    );
  }
  return files;
}

/** @returns How it was caught, undefined when it was not. */
async function tryMutation(
  folder: string,
  name: string,
  files: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  try {
    for (const [file, text] of files) writeFileSync(join(folder, file), text);
    const main = join(folder, 'test/simulation/main.ts');
    const output = await run(process.execPath, [main, '--seed', '1', '--seeds', String(SEEDS)], {
      maxBuffer: 2 ** 26,
    }).catch((error: { stdout: string; stderr: string }) => error);
    const [, seed, invariant] = /^seed (\d+) violates "(.*)"$/m.exec(output.stdout) ?? [];
    if (seed === undefined && !output.stdout.trimEnd().endsWith('}')) throw new Error(`${name}: ${output.stderr}`);
    return seed && `${seed.padStart(4)} ${seed === '1' ? 'seed ' : 'seeds'}  ${invariant!.padEnd(36)}`;
  } finally {
    for (const file of files.keys()) cpSync(join(ROOT, file), join(folder, file));
  }
}
