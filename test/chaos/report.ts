import type { ChaosReport } from './chaos.ts';

const MOST_SHOWN = 50;

/** What is not as it would be on AWS is said. */
const POLLERS =
  'pollers live in the hub’s process: alone they are interrupted by their mapping going off amid batches (pollers-off) and by ' +
  'lost answers of ReceiveMessage and DeleteMessageBatch (drop-answer sqs)';

/** For people, and then one line of JSON for programs. */
export function printReport({ stories, ...report }: ChaosReport): void {
  const { seed, events, kills, requests, troubles, strikes, states, repairs, checks, violations, seconds } = report;
  console.log(`\n${events} events acknowledged in a hub that was killed ${kills} times; ${seconds} s`);
  console.log(
    `${requests.sentAgain} sent again for want of a 2xx, ${requests.repeated} repeated all the same, ` +
      `${requests.forged} forged`,
  );
  console.log('\ntroubles, by how often they began:');
  console.log(listed(troubles));
  console.log(POLLERS);
  console.log('\nfaults, by how often they struck:');
  console.log(listed(strikes));
  console.log(`\ndeliveries: ${JSON.stringify(states)}; effects: ${report.effects}`);
  console.log(
    `operators redrove ${repairs.redriven} messages, and resolved what was unknown: ` +
      `${repairs.happened} had happened, ${repairs.repeated} had not`,
  );
  console.log('\nheld:');
  console.log(listed(checks));
  for (const violation of violations.slice(0, MOST_SHOWN)) console.log(`VIOLATED  ${violation}`);
  for (const story of stories) console.log(`\n${story}`);
  console.log(violations.length === 0 ? 'every invariant held' : `${violations.length} violations with seed ${seed}`);
  console.log(JSON.stringify(report));
}

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, count]) => `${String(count).padStart(8)}  ${name}`)
    .join('\n');
