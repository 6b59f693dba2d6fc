/**
 * The calendar of a run: which troubles begin when, from a seed.
 *
 * Time is counted in events: a trouble begins when so many are acknowledged, so that a slow machine meets the same troubles
 * as a fast one. It ends after so many answers, or after its longest time.
 */
import { createRandom, type Random } from '../fuzz/random.ts';
import { FLOWS, resourceNames } from '../journeys/hub-process.ts';

export type TargetName = keyof typeof FLOWS;
export type FlowName = (typeof FLOWS)[TargetName];

/** What goes wrong. `fault` is one of the hub's own, in the command line's form. */
export type Trouble =
  | { kind: 'kill-hub' }
  | { kind: 'kill-process' }
  | { kind: 'fault'; fault: string }
  | { kind: 'vendor'; target: TargetName; mode: 'down' | 'slow' | 'lose-answers' | 'rate-limit' | 'refuse' }
  | { kind: 'token-revoked'; target: TargetName }
  | { kind: 'pollers-off'; flow: FlowName }
  | { kind: 'jump'; ms: number }
  | { kind: 'redrive'; flow: FlowName };

export type Entry = {
  /** Events that are acknowledged when it begins. */
  at: number;
  trouble: Trouble;
  /** It ends after so many answers, whatever they are, … */
  answers: number;
  /** … or after this long in real time. */
  longestMs: number;
};

const EVENTS_PER_TROUBLE = 40;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Queues keep a message for 14 days, and an operator comes at the end only. */
const MOST_JUMPED_MS = 8 * 24 * HOUR_MS;

const TARGETS = Object.keys(FLOWS) as TargetName[];
const FLOW_NAMES = Object.values(FLOWS);
const FUNCTIONS = {
  deliver: FLOW_NAMES.map(resourceNames.deliverFunction),
  guard: [resourceNames.guardFunction],
  ingest: ['shopify', 'stripe', 'standard-webhooks', 'generic'].map(resourceNames.ingestFunction),
};
type Part = keyof typeof FUNCTIONS;

/** What functions and pollers call, by service; the empty name is all of it. */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  sqs: ['SendMessageBatch', 'ReceiveMessage', 'DeleteMessageBatch', 'ChangeMessageVisibility', ''],
  dynamodb: ['PutItem', 'TransactWriteItems', 'Query', ''],
  s3: ['PutObject', 'GetObject', ''],
  secretsmanager: ['GetSecretValue'],
  lambda: [''],
};
const SERVICES = Object.keys(OPERATIONS);
const FAULTS = ['throttle', 'fail', 'refuse-connections', 'drop-answer', 'delay'];

/** @returns In the order of their beginnings. */
export function calendarOf({ seed, events, kills }: { seed: number; events: number; kills: number }): Entry[] {
  const random = createRandom(seed, 'calendar');
  const troubles: Draft[] = Array.from({ length: kills }, () => ({ trouble: { kind: 'kill-hub' }, ...AT_ONCE }));
  const wanted = kills + Math.ceil(events / EVENTS_PER_TROUBLE);
  while (troubles.length < wanted) troubles.push(...shuffled(deck(random), random).slice(0, wanted - troubles.length));
  const within = withinRetention(shuffled(troubles, random));
  return within.map((draft, index) => ({
    ...draft,
    at: Math.floor(((index + random.int(100) / 100) * events) / wanted),
  }));
}

type Draft = Omit<Entry, 'at'>;

const AT_ONCE = { answers: 0, longestMs: 0 };
const RARELY_MET = { answers: 250, longestMs: 20_000 };

/** Every kind of trouble, so that a run that deals the deck once has met them all. */
function deck(random: Random): Draft[] {
  return [
    ...SERVICES.flatMap((service) => FAULTS.map((fault) => serviceFault(fault, service, random))),
    ...[1, 2].flatMap(() => [
      ...killsAtCalls('deliver', 'dynamodb', random),
      ...killsAtCalls('ingest', 'sqs', random),
      killAfterTime('deliver', random),
      killAfterTime('ingest', random),
      { trouble: { kind: 'kill-process' } as const, ...AT_ONCE },
    ]),
    ...killsAtCalls('deliver', 'sqs', random),
    ...killsAtCalls('ingest', 'secretsmanager', random),
    ...killsAtCalls('guard', 'dynamodb', random),
    ...killsAtCalls('guard', 'lambda', random),
    ...TARGETS.flatMap((target) => vendorTroubles(target, random)),
    ...FLOW_NAMES.map((flow) => ({ trouble: { kind: 'pollers-off', flow } as const, ...lasting(random, 2_500) })),
    ...['ReceiveMessage', 'DeleteMessageBatch'].map((operation) => ({
      trouble: faultOf(`drop-answer:sqs:operation=${operation}:probability=0.3`),
      ...lasting(random, 2_500),
    })),
    ...(['deliver', 'deliver', 'ingest'] as const).map((part) => skew(part, random)),
    ...[1, 2, 3, 4].map(() => jump((10 + random.int(10)) * MINUTE_MS)),
    ...[1, 2].map(() => jump((1 + random.int(5)) * HOUR_MS)),
    { trouble: { kind: 'redrive', flow: random.pick(FLOW_NAMES) }, ...AT_ONCE },
  ];
}

/** From so many per cent to below so many, as a part of 1. */
const share = (from: number, to: number, random: Random) => (from + random.int(to - from)) / 100;
const faultOf = (fault: string) => ({ kind: 'fault' as const, fault });
const jump = (ms: number): Draft => ({ trouble: { kind: 'jump', ms }, ...AT_ONCE });
const lasting = (random: Random, longestMs: number) => ({ answers: 30 + random.int(90), longestMs });

function serviceFault(kind: string, service: string, random: Random): Draft {
  const operation = random.pick(OPERATIONS[service]!);
  const options = [
    ...(operation === '' ? [] : [`operation=${operation}`]),
    ...(kind === 'delay' ? [`by=${100 + random.int(1_500)}ms`] : []),
    ...(kind === 'fail' && random.percent(50) ? ['status=503'] : []),
    // Now and then an outage, else a service that limps.
    ...(random.percent(30) ? [] : [`probability=${share(10, 70, random)}`]),
  ];
  const fault = [kind, service, ...options].join(':');
  // Large bodies are rare, and so are the guard's runs; nothing else calls these.
  if (service === 's3' || service === 'lambda') return { trouble: faultOf(fault), ...RARELY_MET };
  return { trouble: faultOf(fault), ...lasting(random, 3_500) };
}

/** Before the call is done, and after it. */
function killsAtCalls(part: Part, service: string, random: Random): Draft[] {
  return ['before', 'after'].map((moment) => killOf(part, `at=${service}:moment=${moment}`, random));
}

/** An invocation of ingest is over in no time; one of deliver has up to ten messages. */
const killAfterTime = (part: 'ingest' | 'deliver', random: Random) =>
  killOf(part, `after=${random.int(part === 'ingest' ? 20 : 400)}ms`, random);

/** As often as it can: a fault that may strike only so often is gone before it is counted. */
function killOf(part: Part, when: string, random: Random): Draft {
  const fault = `kill-function:${random.pick(FUNCTIONS[part])}:${when}:probability=${share(20, 80, random)}:times=1000`;
  return { trouble: faultOf(fault), ...(part === 'guard' ? RARELY_MET : lasting(random, 3_500)) };
}

/**
 * A few seconds, less than a lease outlives its invocation. When it is set right the clock steps, which none on AWS does:
 * a worker that had a turn in the future waits for it, at most until its function times out.
 */
function skew(part: Part, random: Random): Draft {
  const seconds = (1 + random.int(10)) * (random.percent(50) ? 1 : -1);
  const fault = `skew-clock:${random.pick(FUNCTIONS[part])}:by=${seconds}s`;
  return { trouble: faultOf(fault), answers: 150, longestMs: 8_000 };
}

/** What stops a delivery, or leaves its outcome unknown, is short: each costs its message a hundred receives. */
function vendorTroubles(target: TargetName, random: Random): Draft[] {
  const vendor = (mode: Extract<Trouble, { kind: 'vendor' }>['mode'], length: Omit<Draft, 'trouble'>): Draft => ({
    trouble: { kind: 'vendor', target, mode },
    ...length,
  });
  const short = { answers: 8, longestMs: 400 };
  const inDoubt = target === 'slack' ? short : lasting(random, 2_500);
  return [
    vendor('down', inDoubt),
    vendor('lose-answers', inDoubt),
    vendor('refuse', short),
    vendor('slow', lasting(random, 2_500)),
    vendor('rate-limit', lasting(random, 3_500)),
    { trouble: { kind: 'token-revoked', target }, ...lasting(random, 2_500) },
  ];
}

/** Without the jumps that would together outlast what a queue keeps. */
function withinRetention(drafts: Draft[]): Draft[] {
  let jumpedMs = 0;
  return drafts.filter(({ trouble }) => {
    if (trouble.kind !== 'jump') return true;
    jumpedMs += trouble.ms;
    return jumpedMs <= MOST_JUMPED_MS;
  });
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  return Array.from(items, () => left.splice(random.int(left.length), 1)[0]!);
}

/** A trouble in a few words, the same for all of its kind. */
export function nameOf(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'fault':
      return nameOfFault(trouble.fault);
    case 'vendor':
      return `${trouble.target} ${trouble.mode}`;
    case 'token-revoked':
      return `${trouble.target} token revoked`;
    case 'jump':
      return trouble.ms < HOUR_MS ? 'jump past leases' : 'jump by hours';
    default:
      return trouble.kind;
  }
}

/** `throttle:sqs:operation=SendMessageBatch:probability=0.3` -> `throttle sqs`; functions by their part of the path. */
function nameOfFault(fault: string): string {
  const [kind = '', subject = '', ...options] = fault.split(':');
  const part = /-(ingest|deliver|guard)\b/.exec(subject)?.[1] ?? subject;
  const at = options.flatMap((option) => /^(?:at|moment)=(.*)$/.exec(option)?.[1] ?? []);
  return [kind, part, ...at].join(' ');
}
