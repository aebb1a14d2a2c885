import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFakeMain } from '../helpers/bundle-fake.ts';
import { fakeEngine, fakePages } from '../helpers/fake-model.ts';
import { clientKinds, connectClient, type Progress, type TestClient } from '../helpers/mcp-clients.ts';
import { makeFolder, type RunningServer, startHttp, waitUntil } from '../helpers/start-server.ts';

const slow = { tokens: 100_000, tokenMs: 20 }; // some 20 s to the limit of tokens
let main = '';
let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
  main = await bundleFakeMain();
  folder = await makeFolder();
});

afterAll(async () => {
  await rm(dirname(main), { recursive: true, force: true });
  await folder.remove();
});

interface Connected {
  readonly client: TestClient;
  /** Whether the model works at this moment. */
  isRunning(): boolean;
  /** Everything the server wrote to stderr so far. */
  log(): string;
  close(): Promise<void>;
}

async function connect(kind: (typeof clientKinds)[number], transport: 'stdio' | 'http', fake: object): Promise<Connected> {
  const args = ['--model', 'fake', '--root', folder.path];
  if (transport === 'http') {
    const engine = fakeEngine(fake);
    const server: RunningServer = await startHttp(engine, args);
    const client = await connectClient(kind, { url: server.url });
    const close = async (): Promise<void> => {
      await client.close();
      await server.stop();
    };
    return { client, isRunning: () => (engine.models[0]?.running ?? 0) > 0, log: server.log, close };
  }
  let stderr = '';
  const env = { PATH: process.env.PATH ?? '', FAKE: JSON.stringify(fake) };
  const onStderr = (text: string): void => {
    stderr += text;
  };
  const client = await connectClient(kind, { command: process.execPath, args: [main, ...args], env, onStderr });
  return {
    client,
    isRunning: () => stderr.slice(stderr.lastIndexOf('fake-running')).includes('"running":1'),
    log: () => stderr,
    close: () => client.close(),
  };
}

describe.each(['stdio', 'http'] as const)('over %s', (transport) => {
  describe.each(clientKinds)('client %s', (kind) => {
    test('lists the four tools in one order, read-only, and lists documents without a model', async () => {
      const { client, close } = await connect(kind, transport, {});
      const tools = await client.listTools();
      expect(tools.map((tool) => tool.name)).toEqual(['list_documents', 'document_info', 'read_document', 'ask_document', 'extract_json']);
      for (const tool of tools) {
        expect(tool).toMatchObject({
          title: expect.any(String),
          outputSchema: { type: 'object' },
          annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
        });
      }
      const listing = await client.call('list_documents', {});
      expect(listing.structured).toMatchObject({ total: 2, documents: [{ source: 'form.png' }, { source: 'receipt.png' }] });
      expect(listing.text).toContain('"receipt.png"');
      await close();
    });

    test('reads, asks and extracts, the whole answer in both forms', async () => {
      const { client, close } = await connect(kind, transport, {});
      const read = await client.call('read_document', { source: 'receipt.png' });
      expect(read.structured).toMatchObject({
        document_text: fakePages[0],
        truncated: false,
        model: 'fake',
        document: 'receipt.png',
        output_tokens: 6,
      });
      expect(read.text).toContain(`>\n${fakePages[0]}\n</document-text `);
      const ask = await client.call('ask_document', { source: 'form.png', question: 'What is it?' });
      expect(ask.structured).toMatchObject({ answer: fakePages[1], truncated: false });
      expect(ask.text).toContain(fakePages[1]);
      await close();
    });

    test('progress rises and names tiles and tokens', async () => {
      const { client, close } = await connect(kind, transport, { tokens: 300, tokenMs: 3 });
      const progress: Progress[] = [];
      await client.call('read_document', { source: 'receipt.png' }, { onProgress: (step) => progress.push(step) });
      const values = progress.map((step) => step.progress);
      expect(values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0))).toBe(true);
      const messages = progress.map((step) => step.message ?? '').join('\n');
      expect(messages).toMatch(/tile 1 of 3\ntile 2 of 3\ntile 3 of 3/);
      expect(messages).toMatch(/\d+ tokens written, [\d.]+ a second/);
      await close();
    });

    test('a cancel stops the model before the end of its answer', async () => {
      const { client, isRunning, log, close } = await connect(kind, transport, slow);
      const abort = new AbortController();
      const call = client.call('read_document', { source: 'receipt.png' }, { signal: abort.signal });
      await waitUntil(isRunning, 120_000); // a process that has to open the line reader first
      abort.abort();
      await expect(call).rejects.toThrow();
      await waitUntil(() => !isRunning());
      expect(log()).not.toContain('"event":"answer"');
      expect((await client.call('list_documents', {})).isError).toBe(false);
      await close();
    });

    test('failures are results with a code and the next move', async () => {
      const { client, close } = await connect(kind, transport, {});
      const outside = await client.call('read_document', { source: '../../etc/passwd' });
      expect([outside.isError, outside.text]).toEqual([true, expect.stringMatching(/^IMAGE_NOT_FOUND: .*\nNext: list_documents/)]);
      const web = await client.call('read_document', { source: 'https://example.com/a.png' });
      expect([web.isError, web.text]).toEqual([true, expect.stringContaining('INVALID_ARGUMENT')]);
      const field = await client.call('ask_document', { source: 'form.png' });
      expect([field.isError, field.text]).toEqual([true, expect.stringContaining('question')]);
      await close();
    });
  });
});
