import type { AwsRequest } from '../../service.ts';
import type { Context } from '../conditions.ts';

/** A right that a call needs. */
export type Need = { action: string; resource: string; context?: Context };

/** Where the services are, and how a mapping asks the called one what the call leaves open. */
export type Place = {
  account: string;
  region: string;
  /**
   * A read of the called service, under no role.
   *
   * @returns Undefined when the service refuses it.
   */
  ask(read: Pick<AwsRequest, 'operation'> | Pick<AwsRequest, 'method' | 'path'>, input?: object): Promise<unknown>;
};

/**
 * The rights that a call needs: all of them, or it is refused.
 *
 * @returns Undefined for an operation whose rights nobody has written down.
 */
export type Mapping = (request: AwsRequest, place: Place) => Promise<Need[] | undefined> | Need[] | undefined;

/** The mapping of a service whose operation is in a header and whose input is JSON. */
export function jsonMapping(
  operations: Record<string, (input: never, place: Place) => Promise<Need[]> | Need[]>,
): Mapping {
  return ({ operation, body }, place) => {
    if (!Object.hasOwn(operations, operation)) return undefined;
    return operations[operation]?.((body.length === 0 ? {} : JSON.parse(body.toString('utf8'))) as never, place);
  };
}
