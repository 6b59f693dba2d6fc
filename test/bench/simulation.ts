/** How many deliveries the simulation plays through in a second, on all cores, the start of its threads included. */
import { runLot } from '../simulation/lot.ts';
import { report } from './report.ts';

const SEEDS = 1_000;

export async function benchSimulation(): Promise<void> {
  const { summary, violation } = await runLot({ from: 1, seeds: SEEDS });
  if (violation) throw new Error(`seed ${violation.seed} violates "${violation.invariant}"`);
  report({ name: 'simulated deliveries', values: [summary.deliveriesPerSecond], unit: '/s', min: 5_000 });
}
