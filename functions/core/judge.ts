/** Who may come in: a request judged by its source's secrets. It fails closed. */
import type { Clock, Secrets, Telemetry } from './ports.ts';
import { describeError } from './redact.ts';
import type { Handshake, Source, SourceRequest, Verdict, VerifyContext } from './source.ts';
import { check } from './standard-schema.ts';

export type JudgePorts = {
  clock: Clock;
  secrets: Secrets;
  telemetry: Telemetry;
  fetchKey: VerifyContext<unknown>['fetchKey'];
};

export type Judgement =
  | { handshake: Handshake }
  /** We cannot tell: the sender is to come again. */
  | { unavailable: 'no-secret' | 'bad-secret' | 'verification-unavailable' }
  | { emptyBody: true }
  /** `rotated-away`: it fits a secret that is no longer valid, so whoever sent it has not been told of the new one. */
  | { verdict: Verdict | 'rotated-away' };

const BODY_METHODS: readonly string[] = ['POST', 'PUT', 'PATCH'];

/**
 * Answers handshakes and verifies.
 *
 * What does not fit is judged once more by a fresh copy of the secret. A mismatch is final only against a copy read within
 * the last minute; against an older one that cannot be read again now, it is `verification-unavailable`. A mismatch that the former secret
 * would have let in has a name of its own, for our log: somebody has forgotten to change it at the vendor.
 */
export async function judge(
  request: SourceRequest,
  source: Source,
  publicUrl: string,
  ports: JudgePorts,
): Promise<Judgement> {
  const { secrets } = ports;
  const judgeBy = judgeWith(request, source, publicUrl, ports);
  try {
    const judgement = await judgeBy(await secrets.connections('source', source.name));
    if (!mayBeOurFault(judgement)) return judgement;
    const fresher = await secrets.refresh('source', source.name);
    const last = fresher ? await judgeBy(fresher) : judgement;
    const former = isMismatch(last) ? secrets.former('source', source.name) : [];
    return former.length > 0 && isValid(await judgeBy(former)) ? { verdict: 'rotated-away' } : last;
  } catch (error) {
    ports.telemetry.log('error', 'verification unavailable', { source: source.name, error: describeError(error) });
    return { unavailable: 'verification-unavailable' };
  }
}

function judgeWith(request: SourceRequest, source: Source, publicUrl: string, ports: JudgePorts) {
  return async (values: readonly unknown[]): Promise<Judgement> => {
    const secrets = await validConnections(source, values);
    if (secrets.length === 0) return { unavailable: values.length > 0 ? 'bad-secret' : 'no-secret' };
    const context = { secrets, publicUrl, now: ports.clock.now(), fetchKey: ports.fetchKey };
    const handshake = await source.definition.handshake?.(request, context);
    if (handshake) return { handshake };
    if (request.body.length === 0 && BODY_METHODS.includes(request.method)) return { emptyBody: true };
    return { verdict: await source.definition.verify(request, context) };
  };
}

/** A secret that was rotated meanwhile shows as one of these. */
const mayBeOurFault = (judgement: Judgement) =>
  ('unavailable' in judgement && judgement.unavailable === 'bad-secret') ||
  ('handshake' in judgement && judgement.handshake.status >= 400) ||
  isMismatch(judgement);

const isMismatch = (judgement: Judgement) =>
  'verdict' in judgement && (judgement.verdict === 'bad-signature' || judgement.verdict === 'wrong-credential');

const isValid = (judgement: Judgement) => 'verdict' in judgement && judgement.verdict === 'valid';

async function validConnections(source: Source, values: readonly unknown[]): Promise<unknown[]> {
  const checked = await Promise.all(values.map((value) => check(source.definition.connection, value)));
  return checked.flatMap((result) => ('value' in result ? [result.value] : []));
}
