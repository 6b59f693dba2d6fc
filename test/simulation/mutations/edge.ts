/** What is accepted is queued, or spooled: docs/delivery.md, rule 8. */
import { core, type Mutation } from './mutation.ts';

export const EDGE: readonly Mutation[] = [
  {
    name: '2xx before the queue has the messages',
    edits: [
      core(
        'accept',
        'const spooled = await sendOrSpool(messages, { source: source.name, retries, answerBy }, ports);',
        'const spooled = 0;\n    sendOrSpool(messages, { source: source.name, retries, answerBy }, ports).catch(() => {});',
      ),
    ],
  },
  {
    name: '2xx though the queue refused some',
    edits: [core('spool', 'if (retries) throw refused.error;', 'if (retries) return 0;')],
  },
  {
    name: '2xx before the spool has what the queue refused',
    edits: [
      core(
        'spool',
        'await spool.put(key, encode(refused.messages), answerBy);',
        'spool.put(key, encode(refused.messages), answerBy).catch(() => {});',
      ),
    ],
  },
  {
    name: '2xx though the spool refused, too',
    edits: [
      core('spool', '} catch (error) {\n    throw new Error(', '} catch (error) {\n    if (!error) throw new Error('),
    ],
  },
  {
    name: 'of a request that the queue took in part nothing is spooled',
    edits: [
      core('spool', 'if (!refused) return 0;', 'if (!refused || refused.messages.size < messages.size) return 0;'),
    ],
  },
  {
    name: 'a spooled object goes before its messages are sent',
    edits: [
      core(
        'spool',
        'const refused = await send(tried, queues, clock.now() + SEND_MS);',
        'await spool.remove(key);\n  const refused = await send(tried, queues, clock.now() + SEND_MS);',
      ),
    ],
  },
  {
    name: 'a spooled object goes though the queue refused some of it',
    edits: [core('spool', 'new Map([...bad, ...(refused?.messages ?? [])])', 'new Map(bad)')],
  },
  {
    name: 'what is left of a spooled object is what was sent of it',
    edits: [core('spool', 'encode(left), clock', 'encode(tried), clock')],
  },
  {
    name: 'a spooled object that cannot be sent is not reported',
    edits: [core('spool', '      } catch (error) {\n        counts.failed++;', '      } catch (error) {')],
  },
  {
    name: 'read again, and not published',
    edits: [core('republish', '() => [envelope.flow]', '() => []')],
  },
];
