import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { SentFiles } from '../../src/mcp/sent-files.ts';
import { fakeEngine, fakeImage, fakePages } from '../helpers/fake-model.ts';
import { clientKinds, connectClient, type TestClient } from '../helpers/mcp-clients.ts';
import { type RunningServer, startHttp } from '../helpers/start-server.ts';

let server: RunningServer;
let client: TestClient;

afterEach(async () => {
  vi.restoreAllMocks();
  await client.close();
  await server.stop();
});

async function start(kind: (typeof clientKinds)[number]): Promise<void> {
  server = await startHttp(fakeEngine());
  client = await connectClient(kind, { url: server.url });
}

/** A picture that is longer than what is left in the text of a request. */
const large = Buffer.concat([fakeImage(1), Buffer.alloc(300_000)]);
const source = `data:image/png;base64,${large.toString('base64')}`;

/** Letters of the longest text that is parsed while `work` is done. */
async function longestParsed(work: () => Promise<void>): Promise<number> {
  const parse = vi.spyOn(JSON, 'parse');
  await work();
  return Math.max(...parse.mock.calls.map(([text]) => String(text).length));
}

test.each(clientKinds)('the picture in a request of client %s is decoded while it arrives, and never parsed', async (kind) => {
  await start(kind);
  const keep = vi.spyOn(SentFiles.prototype, 'keep');
  const longest = await longestParsed(async () => {
    const { structured } = await client.call('ask_document', { source, question: 'What?', rotate: 0 });
    expect(structured).toMatchObject({ answer: fakePages[1], sha256: createHash('sha256').update(large).digest('hex') });
  });
  expect(longest).toBeLessThan(20_000);
  const kept = keep.mock.contexts[0] as SentFiles;
  const marks = keep.mock.calls.flatMap(([files]) => [...files.keys()]);
  expect([marks.length, marks.filter((mark) => kept.has(mark))]).toEqual([1, []]); // forgotten with the answer
});

test('what is no base64, and a long text that is no data: URL, are refused in words about themselves', async () => {
  await start('v2 2026-07-28');
  const broken = await client.call('ask_document', { source: `data:image/png;base64,${'!'.repeat(100_000)}`, question: 'What?' });
  expect([broken.isError, broken.text]).toEqual([true, expect.stringMatching(/^INVALID_ARGUMENT: The data: URL holds characters/)]);
  for (const letter of ['A', '!']) {
    const { isError, text } = await client.call('ask_document', { source: letter.repeat(100_000), question: 'What?' });
    expect([isError, text]).toEqual([true, expect.stringMatching(/^INVALID_ARGUMENT: The source is longer than any path/)]);
  }
});
