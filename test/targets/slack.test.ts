import { expect, expectTypeOf, it } from 'vitest';
import type { To } from '../../functions/core/flow.ts';
import type { ResultOf } from '../../functions/core/target.ts';
import { mrkdwn, slack } from '../../functions/targets/slack.ts';
import { answered, type ErrorCase, runCall, targetSuite } from '../suites/target-suite.ts';
import errors from './slack.errors.json' with { type: 'json' };

const chat = slack('chat');
const connection = { token: 'xoxb-test' };
const posted = {
  ok: true,
  channel: 'C1H9RESGL',
  ts: '1503435956.000247',
  message: { type: 'message', text: 'Hi', ts: '1503435956.000247' },
};

targetSuite({
  target: chat,
  connection,
  answers: {
    postMessage: {
      answer: { status: 200, body: posted },
      result: { channel: 'C1H9RESGL', ts: '1503435956.000247' },
    },
  },
  errors: errors as ErrorCase[],
});

it('slack sends channel and text as a form', async () => {
  const call = chat.postMessage({ channel: '#payments', text: 'a & b = c' });

  const { sent } = await runCall(call, connection, answered({ status: 200, body: posted }));

  expect(sent[0]).toMatchObject({ method: 'POST', url: 'https://slack.com/api/chat.postMessage', freshSocket: true });
  expect(String(sent[0]!.body)).toBe('channel=%23payments&text=a+%26+b+%3D+c');
});

it('mrkdwn takes mentions and links out of text from outside', () => {
  expect(mrkdwn('<!channel> & <https://evil.example|bank>')).toBe(
    '&lt;!channel&gt; &amp; &lt;https://evil.example|bank&gt;',
  );
});

it('a slack message can only be promised with a decision for unknown outcomes', () => {
  expectTypeOf<ResultOf<ReturnType<typeof chat.postMessage>>>().toEqualTypeOf<{ channel: string; ts: string }>();
  expectTypeOf(chat.postMessage).not.toExtend<To>();
  expectTypeOf({ operation: chat.postMessage, ifUnknown: 'stop' as const }).toExtend<To>();
});
