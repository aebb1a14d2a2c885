import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endVerdict } from '@h2ovl/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type DocumentFacts,
  type DocumentInput,
  type DocumentProgress,
  type DocumentStatus,
  VisionClient,
  VisionError,
} from '../../src/index.ts';
import { type DocumentPlan, sendDocument, startDocumentServer } from '../helpers/document-server.ts';
import { startFaultProxy, startSilentServer } from '../helpers/fault-proxy.ts';

const pdf = new TextEncoder().encode('%PDF-1.7 …');
const texts = ['Seite 1: Grüße', 'page two 🧾', ''];
const shared = { source: 'model', reason: 'the model was asked for', verdict: endVerdict('stop'), warnings: [] } as const;
const plan: DocumentPlan = { pages: texts.map((text, index) => ({ page: index + 1, text, ...shared })) };
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'h2ovl-sdk-'));
  await writeFile(join(folder, 'a ü.pdf'), pdf);
});
afterAll(() => rm(folder, { recursive: true }));

async function collect<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'none',
    (error: unknown) => (VisionError.isInstance(error) ? [error.code, error.param] : error),
  );

describe('read', () => {
  it('gives the pages as they are finished, each with its document, and progress before them', async () => {
    await using server = await startDocumentServer((response) => sendDocument(response, plan));
    const progress: DocumentProgress[] = [];
    const status: DocumentStatus[] = [];
    const options = {
      onProgress: (step: DocumentProgress) => void progress.push(step),
      onStatus: (step: DocumentStatus) => void status.push(step),
    };
    const pages = await collect(new VisionClient({ baseURL: server.url }).read(pdf, options));
    expect(pages.map(({ page, text }) => [page, text])).toEqual(texts.map((text, index) => [index + 1, text]));
    const document: DocumentFacts = { name: 'document', format: 'pdf', byteCount: 5, pageCount: 3, sha256: 'ab', warnings: [] };
    expect(pages[0]).toEqual({ page: 1, text: texts[0], ...shared, document });
    expect(status).toEqual([
      { type: 'wait', ahead: 2 },
      { type: 'load', progress: { type: 'session', name: 'decoder', done: 1, total: 2 } },
    ]);
    expect(progress.slice(0, 3)).toEqual([
      { page: 1, done: 0, total: 3 },
      { page: 1, done: 0, total: 3, event: { type: 'progress', phase: 'prefill', done: 1, total: 2 } },
      { page: 1, done: 0, total: 3, event: { type: 'text-delta', delta: texts[0] } },
    ]);
    expect(server.seen[0]?.form.stream_options).toBe('{"include_progress":true,"include_text":true}');
  });

  it('sends the file with its name and every option as a field', async () => {
    await using server = await startDocumentServer((response) => sendDocument(response, plan));
    const client = new VisionClient({ baseURL: server.url, apiKey: 'k' });
    const options = {
      model: 'nano',
      pages: [1, 3],
      mode: 'text',
      compare: true,
      dpi: 150,
      password: 'p',
      tiles: 2,
      stopSequences: ['END'],
    } as const;
    await collect(client.read(new File([pdf], 'scan.pdf'), options));
    expect(server.seen[0]).toMatchObject({ path: '/v1/read', headers: { authorization: 'Bearer k', accept: 'text/event-stream' } });
    expect(server.seen[0]?.file).toEqual({ name: 'scan.pdf', bytes: pdf });
    expect(server.seen[0]?.form).toEqual({
      model: 'nano',
      pages: '1,3',
      mode: 'text',
      compare: 'true',
      dpi: '150',
      password: 'p',
      tiles: '2',
      stop_sequences: '["END"]',
      stream: 'true',
      stream_options: '{"include_progress":false,"include_text":false}',
    });
  });

  it('takes bytes, Blobs, paths, URLs and streams, and names them', async () => {
    await using server = await startDocumentServer((response) => sendDocument(response, plan));
    const path = join(folder, 'a ü.pdf');
    const inputs: [DocumentInput, string][] = [
      [pdf, 'document'],
      [pdf.slice().buffer, 'document'],
      [new Blob([pdf]), 'document'],
      [path, 'a ü.pdf'],
      [pathToFileURL(path), 'a ü.pdf'],
      [`data:application/pdf;base64,${Buffer.from(pdf).toString('base64')}`, 'document'],
      [new Blob([pdf]).stream(), 'document'],
      [
        (async function* () {
          for (const byte of pdf) yield Uint8Array.of(byte);
        })(),
        'document',
      ],
    ];
    for (const [input] of inputs) await collect(new VisionClient({ baseURL: server.url }).read(input));
    await collect(new VisionClient({ baseURL: server.url }).read(pdf, { name: 'mine.pdf' }));
    expect(server.seen.map(({ file }) => file)).toEqual([
      ...inputs.map(([, name]) => ({ name, bytes: pdf })),
      { name: 'mine.pdf', bytes: pdf },
    ]);
  });

  it('gives a failed page with its error and goes on', async () => {
    const error = { code: 'DOCUMENT_TIMEOUT', message: 'It took too long.', hint: 'Raise pageTimeoutMs.' };
    const pages = [{ page: 1, text: '', verdict: shared.verdict, warnings: [], error }, ...plan.pages.slice(1)];
    await using server = await startDocumentServer((response) => sendDocument(response, { pages }));
    const [failed, next] = await collect(new VisionClient({ baseURL: server.url }).read(pdf));
    expect([failed?.error, next?.text]).toEqual([error, texts[1]]);
  });

  it('tries again after 429, with the whole document', async () => {
    await using server = await startDocumentServer((response, index) =>
      index === 0 ? void response.writeHead(429, { 'retry-after': '0.001' }).end() : sendDocument(response, plan),
    );
    expect(await collect(new VisionClient({ baseURL: server.url }).read(pdf))).toHaveLength(3);
    expect(server.seen.map(({ file }) => file?.bytes)).toEqual([pdf, pdf]);
  });
});

describe('ask and extract', () => {
  it('send what is asked, and give an answer a page', async () => {
    await using server = await startDocumentServer((response) => sendDocument(response, plan));
    const pages = await collect(new VisionClient({ baseURL: server.url }).ask(pdf, { question: 'Total?', pages: '1-3' }));
    expect(pages.map(({ text }) => text)).toEqual(texts);
    expect(server.seen[0]).toMatchObject({ path: '/v1/ask', form: { question: 'Total?', pages: '1-3' } });
  });

  it('check each object against the schema here: defaults apply, and a page that does not fit is a failed page', async () => {
    const objects = [{ total: 1 }, { total: -1 }, { total: 2, currency: 'USD' }];
    const pages = objects.map((object, index) => ({
      page: index + 1,
      text: JSON.stringify(object),
      object,
      verdict: shared.verdict,
      warnings: [],
    }));
    await using server = await startDocumentServer((response) => sendDocument(response, { pages }));
    const schema = z.object({ total: z.number().refine((total) => total > 0, 'must be positive'), currency: z.string().default('EUR') });
    const results = await collect(new VisionClient({ baseURL: server.url }).extract(pdf, { schema, enforcement: 'after' }));
    expect(results.map(({ object }) => object)).toEqual([{ total: 1, currency: 'EUR' }, undefined, { total: 2, currency: 'USD' }]);
    expect(results[1]?.error).toMatchObject({
      code: 'OUTPUT_INVALID',
      output: { issues: [{ path: ['total'], message: 'must be positive' }] },
    });
    expect(JSON.parse(server.seen[0]?.form.schema ?? '')).toMatchObject({ type: 'object', required: ['total'] });
    expect(server.seen[0]?.form.enforcement).toBe('after');
  });
});

describe('what goes wrong', () => {
  it('is refused before anything is sent', async () => {
    await using server = await startDocumentServer((response) => sendDocument(response, plan));
    const client = new VisionClient({ baseURL: server.url });
    const refused: [DocumentInput, object, unknown][] = [
      [7 as never, {}, ['INVALID_ARGUMENT', 'document']],
      [null as never, {}, ['INVALID_ARGUMENT', 'document']],
      ['https://user:hunter2@h/a.pdf', {}, ['INVALID_ARGUMENT', 'document']],
      [new URL('ftp://h/a.pdf'), {}, ['INVALID_ARGUMENT', 'document']],
      ['data:application/pdf,abc', {}, ['INVALID_ARGUMENT', 'document']],
      ['data:application/pdf;base64,JVBER%i0x', {}, ['INVALID_ARGUMENT', 'document']], // Node would leave the sign out
      [join(folder, 'none.pdf'), {}, ['IMAGE_NOT_FOUND', undefined]],
      [folder, {}, ['IMAGE_UNREADABLE', undefined]],
      [pdf, { page: 1 }, ['INVALID_ARGUMENT', 'page']],
      [pdf, { question: 'x' }, ['INVALID_ARGUMENT', 'question']],
      [pdf, { signal: null }, ['INVALID_ARGUMENT', 'signal']],
      [pdf, { signal: new AbortController() }, ['INVALID_ARGUMENT', 'signal']],
      [pdf, { onProgress: 'x' }, ['INVALID_ARGUMENT', 'onProgress']],
      [pdf, { timeout: 0 }, ['INVALID_ARGUMENT', 'timeout']],
      [new Blob(['x']).stream().pipeThrough(new TextDecoderStream()) as never, {}, ['INVALID_ARGUMENT', 'document']],
    ];
    for (const [input, options, expected] of refused) expect(await codeOf(collect(client.read(input, options)))).toEqual(expected);
    expect(await codeOf(collect(client.extract(pdf, { schema: {} as never })))).toEqual(['INVALID_ARGUMENT', 'schema']);
    expect(await codeOf(collect(client.ask(pdf, null as never)))).toEqual(['INVALID_ARGUMENT', undefined]);
    expect(server.seen).toHaveLength(0);
  });

  it('is told by the server for the whole document, before the first page or later', async () => {
    const error = {
      message: 'It is encrypted.',
      type: 'invalid_request_error',
      param: 'password',
      code: 'DOCUMENT_ENCRYPTED',
      hint: 'Pass password.',
    };
    await using before = await startDocumentServer(
      (response) => void response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error })),
    );
    await using later = await startDocumentServer((response) => sendDocument(response, { ...plan, failAfter: 1, error }));
    for (const server of [before, later]) {
      const seen: number[] = [];
      const read = async (): Promise<void> => {
        for await (const { page } of new VisionClient({ baseURL: server.url }).read(pdf)) seen.push(page);
      };
      await expect(read()).rejects.toMatchObject({ code: 'DOCUMENT_ENCRYPTED', param: 'password', response: { status: 400 } });
      expect(seen).toEqual(server === before ? [] : [1]);
    }
  });

  it('is never another document: a stream cut anywhere, with an event twice or without one', async () => {
    await using server = await startDocumentServer((response) => sendDocument(response, plan));
    let change = (body: Buffer): Buffer => body;
    await using proxy = await startFaultProxy(server.url, () => ({ body: (body) => [change(body)] }));
    const read = async (): Promise<readonly [readonly string[], unknown]> => {
      const seen: string[] = [];
      try {
        for await (const { text } of new VisionClient({ baseURL: proxy.url, maxRetries: 0 }).read(pdf)) seen.push(text);
        return [seen, 'none'];
      } catch (error) {
        return [seen, VisionError.isInstance(error) ? error.code : error];
      }
    };
    expect(await read()).toEqual([texts, 'none']);
    let length = 0;
    change = (body) => {
      length = body.length;
      return body;
    };
    await read();
    for (let cut = 0; cut < length - 2; cut += 49) {
      change = (body) => body.subarray(0, cut);
      const [seen, code] = await read();
      expect([seen, code]).toEqual([texts.slice(0, seen.length), 'CONNECTION_FAILED']);
    }
    let count = 1;
    for (let at = 0; at < count; at += 1) {
      for (const times of [0, 2]) {
        change = (body) => {
          const events = body.toString().split(/(?<=\n\n)/);
          count = events.length;
          return Buffer.from(events.flatMap((event, index) => (index === at ? Array<string>(times).fill(event) : [event])).join(''));
        };
        const [seen, code] = await read();
        expect(code === 'none' ? seen : code, `event ${at}, ${times} times`).toEqual(
          code === 'none' ? texts : expect.stringMatching(/^(RESPONSE_INVALID|CONNECTION_FAILED)$/),
        );
      }
    }
    expect(count).toBeGreaterThan(6);
  });

  it('ends with the timeout when nothing comes, which counts anew from page to page and not while the caller works', async () => {
    await using silent = await startSilentServer();
    await expect(collect(new VisionClient({ baseURL: silent.url, timeout: 200 }).read(pdf))).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'No page was finished within the timeout of 200 ms.',
    });
    await using slow = await startDocumentServer((response) => sendDocument(response, { ...plan, delayMs: 400 }));
    let pages = 0;
    for await (const _ of new VisionClient({ baseURL: slow.url, timeout: 1000 }).read(pdf)) {
      pages += 1;
      if (pages === 1) await new Promise((resolve) => setTimeout(resolve, 1200));
    }
    expect(pages).toBe(3);
    const never = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    await expect(collect(new VisionClient({ baseURL: silent.url, timeout: 100 }).read(never))).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('by the caller: leaving the loop and the signal close the connection', async () => {
    await using server = await startDocumentServer((response) => sendDocument(response, { ...plan, hangAfter: 1 }));
    const client = new VisionClient({ baseURL: server.url });
    for await (const _ of client.read(pdf)) break;
    await server.seen[0]?.closed;
    const controller = new AbortController();
    const reason = new Error('mine');
    const read = async (): Promise<void> => {
      for await (const _ of client.read(pdf, { signal: controller.signal })) controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    await server.seen[1]?.closed;
    const failing = collect(
      client.read(pdf, {
        onProgress: () => {
          throw reason;
        },
      }),
    );
    await expect(failing).rejects.toBe(reason);
    await server.seen[2]?.closed;
  });
});
