import type { EventSourceMappingDefinition } from '../assembly/event-source-mappings.ts';
import type { Clock } from '../clock.ts';
import type { FunctionResult } from '../lambda/result.ts';

/** A message as `ReceiveMessage` returns it, with all its attributes. */
export type ReceivedMessage = {
  MessageId?: string | undefined;
  ReceiptHandle?: string | undefined;
  Body?: string | undefined;
  MD5OfBody?: string | undefined;
  Attributes?: Partial<Record<string, string>> | undefined;
  MessageAttributes?: Record<string, MessageAttribute> | undefined;
  MD5OfMessageAttributes?: string | undefined;
};

/** `BinaryValue` in bytes, or in base64 as on the wire. */
export type MessageAttribute = {
  DataType?: string | undefined;
  StringValue?: string | undefined;
  BinaryValue?: Uint8Array | string | undefined;
};

/** The SQS operations that pollers need, and how they reach functions. */
export type PollerPorts = {
  /**
   * `ReceiveMessage` with all attributes, as a long poll.
   *
   * @param maxMessages 1 to 10.
   * @param waitSeconds 0 to 20, whole.
   * @param signal Ends the wait at once, without messages.
   */
  receive(queueName: string, maxMessages: number, waitSeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]>;
  /** `DeleteMessageBatch`, for at most 10 messages. */
  delete(queueName: string, receiptHandles: string[]): Promise<unknown>;
  invoke(functionName: string, payload: Buffer): Promise<FunctionResult>;
  clock: Clock;
  region: string;
  account: string;
  /** What went wrong around a function, not in it. */
  onLog(mapping: EventSourceMappingDefinition, line: string): void;
};
