import { afterEach, expect, test } from 'vitest';
import { makePdf } from '../../../dev/src/testing/pdf/make-pdf.ts';
import { fakeEngine } from '../helpers/fake-model.ts';
import { answerOf, postForm, postJson } from '../helpers/read-events.ts';
import { type RunningServer, startHttp } from '../helpers/start-server.ts';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

test('read: the lines of a page with their boxes, beside a text from elsewhere, and where they are the text', async () => {
  server = await startHttp(fakeEngine());
  const url = `${server.url}/v1`;
  const small = makePdf({
    pages: [{ width: 260, height: 60, items: [{ type: 'text', text: 'The first page', x: 20, y: 25, size: 14 }] }],
  });
  const beside = await answerOf(await postForm(`${url}/read`, small, { lines: 'true' }));
  const line = { text: 'The first page', words: [{ text: 'The' }, { text: 'first' }, { text: 'page' }] };
  expect(beside.pages).toMatchObject([{ source: 'text', lines: { rotation: 0, has_text: true, lines: [line] } }]);
  const alone = await answerOf(await postJson(`${url}/read`, { document: { data: small.toString('base64') }, mode: 'lines' }));
  expect(alone.pages).toMatchObject([{ source: 'lines', lines: beside.pages[0]?.lines }]);
  const without = await answerOf(await postForm(`${url}/read`, small, { mode: 'text' }));
  expect(without.pages[0]).not.toHaveProperty('lines');
});
