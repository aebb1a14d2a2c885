import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endVerdict } from '@h2ovl/contract';
import { writeModelInfo } from '@h2ovl/contract/wire';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sendDocument } from '../helpers/document-server.ts';
import { type StubServer, sendJson, sendStream, startStubServer } from '../helpers/stub-server.ts';

const root = join(import.meta.dirname, '../..');
const snippetFolder = join(root, `test/.readme-${process.pid}`); // inside the package, so that its own name resolves
const readme = await readFile(join(root, 'README.md'), 'utf8');
const snippets = [...readme.matchAll(/^## (.+?)$|^```ts\n(.*?)^```$/gms)].reduce<{ title: string; all: { title: string; code: string }[] }>(
  ({ title, all }, [, heading, code]) =>
    code === undefined ? { title: heading ?? title, all } : { title, all: [...all, { title, code }] },
  { title: '', all: [] },
).all;

const modelInfo = writeModelInfo('nano', {
  architecture: 'h2ovl_chat/llama',
  parameters: 1,
  weights: { name: 'balanced', vision: 'f16', language: 'i8', head: 'i8' },
  contextLength: 1024,
  maxTiles: 6,
  tokensPerTile: 64,
  runtime: { name: 'onnxruntime', version: '1.0.0', device: 'cpu', adapter: 'ffi', threads: 2 },
  reasons: [],
});

// Answers as the real server would, so far as the snippets ask.
async function startServer(): Promise<StubServer> {
  return await startStubServer((response, request) => {
    if (request.path === '/health') return sendJson(response, 200, { status: 'ready', queue: { running: 0, waiting: 0, limit: 16 } });
    if (request.path === '/v1/count_tokens') return sendJson(response, 200, { object: 'token_count', input_tokens: 80, image_tokens: 64 });
    if (request.path.startsWith('/v1/info')) return sendJson(response, 200, modelInfo);
    if (request.path === '/v1/read')
      return sendDocument(response, {
        pages: [{ page: 1, text: 'TOTAL 9.50', source: 'text', verdict: endVerdict('stop'), warnings: [] }],
      });
    if (request.path === '/v1/models') return sendJson(response, 200, { object: 'list', data: [{ id: 'nano' }] });
    const text = request.body?.response_format === undefined ? 'TOTAL 9.50' : '{"shop":"Corner","total":9.5}';
    if (request.body?.stream === true) return sendStream(response, { deltas: [text] });
    return sendJson(response, 200, { choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }] });
  });
}

const pathOf = (index: number): string => join(snippetFolder, `snippet-${index}.ts`);
let workFolder = '';
let server: StubServer;
const startFolder = process.cwd();

beforeAll(async () => {
  await mkdir(snippetFolder, { recursive: true });
  await Promise.all(snippets.map(({ code }, index) => writeFile(pathOf(index), code)));
  workFolder = await mkdtemp(join(tmpdir(), 'h2ovl-readme-'));
  await writeFile(join(workFolder, 'receipt.png'), Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  await writeFile(join(workFolder, 'contract.pdf'), '%PDF-');
  process.chdir(workFolder);
  server = await startServer();
  vi.stubEnv('H2OVL_BASE_URL', server.url);
  vi.stubGlobal('AI_SDK_LOG_WARNINGS', false);
});

afterAll(async () => {
  process.chdir(startFolder);
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await server[Symbol.asyncDispose]();
  await rm(snippetFolder, { recursive: true });
  await rm(workFolder, { recursive: true });
});

describe('README', () => {
  it('has a snippet for each door', () => {
    expect(snippets.map((snippet) => snippet.title)).toHaveLength(9);
  });

  it('has snippets that type-check as they stand', () => {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, {}, join(root, 'tsconfig.json'));
    const program = ts.createProgram(
      snippets.map((_, index) => pathOf(index)),
      options,
    );
    const messages = ts
      .getPreEmitDiagnostics(program)
      .map((problem) => `${problem.file?.fileName}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`);
    expect(messages).toEqual([]);
  }, 300_000); // the compiler takes seconds, and longer on a busy machine

  it.each(snippets.map((snippet, index) => ({ ...snippet, index })))(
    '$title: runs as it stands and prints its answer',
    async ({ code, index }) => {
      const printed: unknown[] = [];
      vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(...values));
      vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(text) > 0);
      try {
        await import(pathToFileURL(pathOf(index)).href);
      } finally {
        vi.restoreAllMocks();
        process.removeAllListeners('SIGINT');
      }
      const text = printed.join(' ');
      if (code.includes('health')) expect(text).toBe('ready 0 of 16 waiting nano');
      else if (code.includes('info()')) expect(text).toBe('80 of 1024 tokens, 64 for the page; balanced on cpu');
      else if (code.includes('zod')) expect(text).toBe('Corner 9.50');
      else expect(text).toContain('TOTAL 9.50');
    },
  );
});
