import { z } from 'zod';
import type { Faults } from '../faults/create-faults.ts';
import { FaultMistake } from '../faults/fault.ts';
import { ControlError, wrongInput } from './control-error.ts';

const faultsInput = z.strictObject({ faults: z.array(z.unknown()) });

export const listFaults = (faults: Faults) => ({ faults: faults.list() });

/** @throws ControlError; the faults are then as they were. */
export function replaceFaults(faults: Faults, given: unknown) {
  const { data } = faultsInput.safeParse(given);
  if (!data) {
    const next = 'send { "faults": [ … ] }; each is an object or a text such as "throttle:dynamodb:for=30s"';
    throw wrongInput('the body is no list of faults', next);
  }
  try {
    return { faults: faults.replace(data.faults) };
  } catch (error) {
    if (error instanceof FaultMistake) throw new ControlError(400, error.code, error.problem, error.next);
    throw error;
  }
}

export function clearFaults(faults: Faults) {
  faults.clear();
  return listFaults(faults);
}
