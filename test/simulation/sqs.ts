/**
 * One flow's queue and its dead-letter queue, as SQS's standard queues behave.
 *
 * A receive hides a message and counts; a message received a hundred times is moved by the next receive, with its time
 * stamp; a redrive makes a new message of it; after 14 days it is gone. A receipt handle is as old as its receive.
 */
import type { Message } from '../../functions/core/claim.ts';
import { decodeEnvelope, type Envelope } from '../../functions/core/envelope.ts';
import { QUEUE } from '../../functions/core/names.ts';

export type Origin = 'send' | 'SDK copy' | 'redrive';

export type Stored = {
  readonly messageId: string;
  readonly body: string;
  readonly envelope: Envelope;
  readonly origin: Origin;
  readonly sentAt: number;
  receiveCount: number;
  visibleAt: number;
  /** Receives that ended without a word: their worker died, or their visibility change was lost. */
  burnt: number;
  firstReceivedAt: number | undefined;
  receivedAt: number | undefined;
  /** When it came to the dead-letter queue. */
  movedAt: number;
  receipt: string;
  /** Some of its receives were left out. */
  shortened: boolean;
  place: 'queue' | 'dead-letter queue' | 'deleted' | 'expired';
};

export class Queue {
  readonly flow: string;
  /** Every message there ever was, for its delivery. */
  readonly ofKey = new Map<string, Stored[]>();
  readonly byId = new Map<string, Stored>();
  readonly visibilityMs: number;
  #live: Stored[] = [];
  #dead: Stored[] = [];
  #count = 0;

  constructor(flow: string, visibilityMs: number) {
    this.flow = flow;
    this.visibilityMs = visibilityMs;
  }

  send(body: string, now: number, origin: Origin): Stored {
    const envelope = decodeEnvelope(body) as Envelope;
    const messageId = `${this.flow}-m${++this.#count}`;
    const stored: Stored = {
      ...{ messageId, body, envelope, origin, sentAt: now, receiveCount: 0, visibleAt: now, burnt: 0 },
      ...{
        firstReceivedAt: undefined,
        receivedAt: undefined,
        receipt: '',
        shortened: false,
        movedAt: 0,
        place: 'queue',
      },
    };
    this.#live.push(stored);
    this.byId.set(messageId, stored);
    const known = this.ofKey.get(envelope.key);
    if (known) known.push(stored);
    else this.ofKey.set(envelope.key, [stored]);
    return stored;
  }

  /** When the next message will be there, if any. */
  nextVisibleAt(): number | undefined {
    let next: number | undefined;
    for (const { visibleAt } of this.#live) if (next === undefined || visibleAt < next) next = visibleAt;
    return next;
  }

  /** @returns What is received, and what was moved to the dead-letter queue instead. */
  receive(max: number, now: number): { received: Stored[]; moved: Stored[] } {
    const received: Stored[] = [];
    const moved: Stored[] = [];
    for (const message of this.#live) {
      if (message.visibleAt > now || received.length === max) continue;
      if (message.receiveCount >= QUEUE.maxReceiveCount) {
        moved.push(message);
        continue;
      }
      message.receiveCount++;
      message.receipt = `${message.messageId}/${message.receiveCount}`;
      message.visibleAt = now + this.visibilityMs;
      message.firstReceivedAt ??= now;
      message.receivedAt = now;
      message.burnt++;
      received.push(message);
    }
    for (const message of moved) {
      message.place = 'dead-letter queue';
      message.movedAt = now;
    }
    if (moved.length > 0) this.#live = this.#live.filter(({ place }) => place === 'queue');
    this.#dead.push(...moved);
    return { received, moved };
  }

  delete(message: Stored): void {
    if (message.place === 'queue') message.place = 'deleted';
    this.#live = this.#live.filter((other) => other !== message);
  }

  get waiting(): readonly Stored[] {
    return this.#live;
  }

  get dead(): readonly Stored[] {
    return this.#dead;
  }

  redrive(message: Stored, now: number): Stored {
    this.#dead = this.#dead.filter((other) => other !== message);
    message.place = 'deleted';
    return this.send(message.body, now, 'redrive');
  }

  /** What was sent 14 days ago is gone, wherever it is. */
  expire(now: number): Stored[] {
    const isOver = ({ sentAt }: Stored) => sentAt + QUEUE.retentionMs <= now;
    const over = [...this.#live.filter(isOver), ...this.#dead.filter(isOver)];
    if (over.length === 0) return over;
    for (const message of over) message.place = 'expired';
    this.#live = this.#live.filter(({ place }) => place === 'queue');
    this.#dead = this.#dead.filter(({ place }) => place === 'dead-letter queue');
    return over;
  }
}

export const isLive = ({ place }: Stored) => place === 'queue' || place === 'dead-letter queue';

export const asReceived = ({ messageId, body, receipt, receiveCount, sentAt }: Stored): Message => ({
  ...{ messageId, body, receiptHandle: receipt, receiveCount, sentAt },
});
