import { join } from 'node:path';
import { type Case, type ServiceName, services } from './case.ts';

export const docsFile = join(import.meta.dirname, '../../docs/conformance.md');

const titles: Record<ServiceName, string> = {
  sqs: 'SQS',
  dynamodb: 'DynamoDB',
  s3: 'S3',
  secretsmanager: 'Secrets Manager',
  lambda: 'Lambda event source mappings',
  monitoring: 'CloudWatch',
};

/** `docs/conformance.md`: how to run the suite, and a table of all cases. */
export function conformanceDocs(cases: Case[]): string {
  const tables = services.map((service) =>
    tableOf(
      titles[service],
      cases.filter((one) => one.service === service),
    ),
  );
  return `${introduction(cases)}\n${tables.join('\n')}`;
}

const introduction = (cases: Case[]) => `# Conformance

<!-- Written by \`node test/conformance/main.ts --write-docs\`; a test holds it against the cases. -->

${cases.length} cases hold an endpoint against what AWS's pages say. They speak through the AWS SDK alone, so the same
suite runs against Syncline's own services, any other emulator, and AWS.

\`\`\`
npm run conformance                                       Syncline's own services, in a temporary folder
npm run conformance -- --endpoint http://127.0.0.1:4566   an emulator
npm run conformance -- --aws --region eu-central-1        AWS, with your credentials
npm run conformance -- --only sqs,dynamodb --slow --costly --json
\`\`\`

Everything a run creates begins with its own prefix and is removed at its end. Exit code 1 means that a case failed or that
something could not be removed. \`npm test\` runs the fast cases against our own services.

Marks: **slow** cases take more than ten seconds, **costly** ones write megabytes; both run only when asked for. An
**unverified** case goes further than the page it cites, and says in what. What Syncline leaves out it must **refuse** by
name; where it **differs** on purpose the case does not run on it. A running hub is known by its refusals. The cases of Lambda need a function and its idle queue,
named with \`--function\` and \`--queue\`; against Syncline's own services there is one.
`;

const tableOf = (title: string, cases: Case[]) => `## ${title}

${cases.length} cases.

| case | the page it rests on | marks |
|---|---|---|
${cases.map((one) => `| ${cell(one.name)} | ${cell(one.fact)} | ${cell(marksOf(one))} |`).join('\n')}
`;

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('*', '\\*').replaceAll('_', '\\_');

const marksOf = ({ slow, costly, unverified, refusedBySyncline, differsInSyncline }: Case) =>
  [
    slow && 'slow',
    costly && 'costly',
    unverified && `unverified: ${unverified}`,
    refusedBySyncline && `Syncline refuses: ${refusedBySyncline}`,
    differsInSyncline && `Syncline differs: ${differsInSyncline}`,
  ]
    .filter((mark) => typeof mark === 'string')
    .join('; ');
