/** `docs/sources.md`: what the connectors declare of their vendors, as one page. */
import { join } from 'node:path';
import { judgedInWords, type SourceSheet, shapeInWords } from '../ops/source-sheet.ts';

export const sourcesFile = join(import.meta.dirname, '../../docs/sources.md');

export function sourcesDocs(sheets: readonly SourceSheet[]): string {
  const named = sheets.map((sheet): Named => ({ ...sheet, title: titleOf(sheet, sheets) }));
  return [introduction(named), overview(named), judged(named), ...named.map(section)].join('\n');
}

type Named = SourceSheet & { readonly title: string };

/** Two kinds of one vendor need a heading each. */
const titleOf = ({ vendor, kind }: SourceSheet, sheets: readonly SourceSheet[]) =>
  sheets.filter((sheet) => sheet.vendor === vendor).length > 1 ? `${vendor} (${kind})` : vendor;

const introduction = (sheets: readonly Named[]) => `# Sources

<!-- Written by \`npm run docs\` from what the connectors in functions/sources declare; a test holds it against them. -->

${sheets.length} kinds of source. \`npx syncline sources <kind>\` shows one of them, and \`npx syncline verify <source> --request FILE\`
says of a captured request why it is refused. What an event is good for depends on its shape: **state** is the whole record,
**delta** what changed, **hint** only that something changed: fetch the record.

What holds for every one of them:

- The bytes are judged as they came, before anybody parses them; the URL, where it is signed, is the one configured at the vendor.
- A signature or credential that is there twice is refused. So is everything while a source has no secret.
- Comparing takes as long for a near miss as for a wild guess: the right signature is computed for each valid secret first, and
  Node's \`timingSafeEqual\` compares the whole of both; another length is a plain refusal. A test holds each connector to it.
- Two secrets are valid after a change, for 7 days. A mismatch has the secret read again, at most once a minute, however many come.
- A batch becomes one event for each of its items, or it is unreadable as a whole and every flow of the source is told.
- Whoever sends what is refused learns nothing but the status.
`;

const overview = (sheets: readonly Named[]) => `## All of them

${table(
  ['vendor', 'kind', 'signs', 'window', 'batch', 'told apart by', 'sends again'],
  sheets.map((sheet) => [
    ...[link(sheet), `\`${sheet.kind}\``, sheet.signs, sheet.window, sheet.batch, sheet.identity, sheet.redelivery],
  ]),
)}`;

const judged = (sheets: readonly Named[]) => `## What verification rests on

How each one's verification was judged: by code of the vendor's own that made or checked requests, by values that the vendor
itself has published or signed, or, where there is neither, by documentation alone. Until a first real request has come, the
last column is the weakest.

${table(
  ['vendor', ...JUDGED_BY],
  sheets.map((sheet) => [link(sheet), ...judgedInWords(sheet).map(([, what]) => what)]),
)}`;

const JUDGED_BY = ['vendor’s own package', 'vendor’s published example', 'documentation only'];

const section = (sheet: Named) => `## ${sheet.title}

Kind \`${sheet.kind}\`; ${sheet.methods.join(', ')}; ${sheet.proof === 'signature' ? 'signed' : '**not signed**: a credential, so all its events are hints'}.

${list([
  `**Signs** ${sheet.signs}`,
  `**Window** ${sheet.window}`,
  `**Batch** ${sheet.batch}`,
  `**Told apart by** ${sheet.identity}`,
  `**About** ${sheet.entity}`,
  `**Happened at** ${sheet.occurredAt}`,
  `**Answer** ${sheet.answer}; ours comes within ${sheet.answerWithinMs / 1_000} s`,
  `**Sent again** ${sheet.redelivery}${sheet.retries ? '' : '; so what SQS refuses is kept in the bucket'}`,
])}
**Needs**

${list(sheet.needs.map(need))}
**Set up**

${numbered(sheet.setUp)}
**Rotate**, where SET is \`npx syncline secrets set source/<name> --value -\`; \`secrets rotate\` says what is valid meanwhile

${numbered(sheet.rotation)}
**Events**

${list(sheet.types.map((type) => `\`${type.type}\`: ${shapeInWords(type)}`))}${oddities(sheet)}`;

const oddities = ({ oddities: odd }: SourceSheet) =>
  odd.length === 0 ? '' : `\n**Oddities**\n\n${list(odd.map(({ date, what }) => `${date}: ${what}`))}`;

const need = ({ field, what, isSecret, isOptional = false }: SourceSheet['needs'][number]) =>
  `\`${field}\`${isOptional ? ', optional' : ''}${isSecret ? ', secret' : ''}: ${what}`;

const list = (items: readonly string[]) => items.map((item) => `- ${plain(item)}\n`).join('') || '- nothing\n';
const numbered = (items: readonly string[]) => items.map((item, at) => `${at + 1}. ${plain(item)}\n`).join('');

const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  `${[header, header.map(() => '---'), ...rows].map(row).join('\n')}\n`;
const row = (cells: readonly string[]) => `| ${cells.map((text) => plain(text).replaceAll('|', '\\|')).join(' | ')} |`;

/** What stands between back-ticks is shown as it is; outside of them, Markdown would take these for its own. */
const plain = (text: string) =>
  text
    .split('`')
    .map((piece, at) =>
      at % 2 === 1 ? piece : piece.replaceAll('<', '&lt;').replaceAll(/(?<!\w)_|_(?!\w)|(?<!\*)\*(?!\*)/g, '\\$&'),
    )
    .join('`');

const link = ({ title }: Named) => `[${title}](#${anchor(title)})`;

/** As GitHub makes them of headings. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
