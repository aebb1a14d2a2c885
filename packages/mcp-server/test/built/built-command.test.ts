import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { beforeAll, expect, test } from 'vitest';
import { nanoSamples, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { clientKinds, connectClient } from '../helpers/mcp-clients.ts';
import { waitUntil } from '../helpers/start-server.ts';

const main = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));
const [{ file, path, answer: text }, other] = readablePages;
const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));

beforeAll(() => {
  if (!existsSync(main)) throw new Error('dist is missing: run `npm run build` first.');
});

test.each(clientKinds)('the built command over stdio reads the receipt for client %s and stops after a cancel', async (kind) => {
  let stderr = '';
  const onStderr = (chunk: string): void => {
    stderr += chunk;
  };
  const client = await connectClient(kind, { command: process.execPath, args: [main, '--root', nanoSamples], env, onStderr });
  const read = await client.call('read_document', { source: file });
  expect(read.structured).toMatchObject({ document_text: text, model: 'nano' });
  expect(stderr).toContain('"event":"default-model"');
  const abort = new AbortController();
  const call = client.call('read_document', { source: other?.file }, { signal: abort.signal, onProgress: () => abort.abort() });
  await expect(call).rejects.toThrow();
  await waitUntil(() => stderr.includes('"event":"aborted"'));
  expect(stderr).not.toContain(text.split('\n')[0]);
  await client.close();
});

test('the built command over HTTP reads the receipt for openai and ends with 0 on SIGTERM', async () => {
  const child: ChildProcess = spawn(process.execPath, [main, '--http', '--port', '0', '--model', 'nano'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await waitUntil(() => stderr.includes('"listening"'), 120_000);
  const openai = new OpenAI({ baseURL: `${/"url":"([^"]+)"/.exec(stderr)?.[1]}/v1`, apiKey: 'none', maxRetries: 0 });
  const url = `data:image/png;base64,${readFileSync(path, 'base64')}`;
  const content = [
    { type: 'image_url' as const, image_url: { url } },
    { type: 'text' as const, text: 'Read the text in the image.' },
  ];
  const answer = await openai.chat.completions.create({ model: 'nano', messages: [{ role: 'user', content }] });
  expect(answer.choices[0]?.message.content).toBe(text);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
