import { accept } from '../../functions/core/accept.ts';
import { decodeEnvelope, type Envelope } from '../../functions/core/envelope.ts';
import type { FetchKey, Source, SourceRequest } from '../../functions/core/source.ts';
import { memoryBodies, memoryClock, memoryRandom, memorySecrets, memoryTelemetry } from '../memory/others.ts';
import { memoryQueues } from '../memory/queues.ts';
import { memorySpool } from '../memory/spool.ts';

const FLOW = 'every-event';

/** The door of one source in memory, at a time that stands still, with a flow that wants every event. */
export function openDoor(
  source: Source,
  secrets: readonly unknown[],
  now: Date,
  options: { publicUrl?: string; fetchKey?: FetchKey | undefined } = {},
) {
  const { publicUrl = 'https://hub.example', fetchKey } = options;
  const clock = memoryClock(now.toISOString());
  const { queues, sent } = memoryQueues(clock);
  const ports = {
    clock,
    queues,
    random: memoryRandom(),
    bodies: memoryBodies().bodies,
    spool: memorySpool().spool,
    secrets: memorySecrets({ [`source/${source.name}`]: secrets }).secrets,
    telemetry: memoryTelemetry().telemetry,
    fetchKey: fetchKey ?? (async (url: string) => Promise.reject(new Error(`no key was provided for ${url}`))),
  };
  return {
    knock: (request: SourceRequest) => accept(request, source, { routes: { '*': [FLOW] }, publicUrl }, ports),
    accepted: (): readonly Envelope[] => sent.map(({ message }) => envelopeOf(message.body)),
  };
}

function envelopeOf(messageBody: string): Envelope {
  const envelope = decodeEnvelope(messageBody);
  if ('problem' in envelope) throw new Error(envelope.problem);
  return envelope;
}
