import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DocumentFacts } from '@h2ovl/contract';
import { type PageContent, writeDocument, writePage, writeSummary } from '@h2ovl/contract/wire';
import { writeData } from './stub-server.ts';

/** A request for a document as the stub saw it. */
export interface SeenDocument {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly form: Readonly<Record<string, string>>;
  readonly file: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  /** Resolves when the client closed the connection before the answer was finished. */
  readonly closed: Promise<void>;
}

/** A hand-written server on a free port of this machine that takes forms. */
export interface DocumentServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenDocument[];
}

/** Starts it; `index` counts requests from 0. */
export async function startDocumentServer(
  handler: (response: ServerResponse, index: number) => void | Promise<void>,
): Promise<DocumentServer> {
  const seen: SeenDocument[] = [];
  const server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const body = new Response(Buffer.concat(pieces), { headers: { 'content-type': incoming.headers['content-type'] ?? '' } });
    const fields = [...(await body.formData())];
    const file = fields.find(([name]) => name === 'document')?.[1];
    seen.push({
      path: incoming.url ?? '',
      headers: incoming.headers,
      form: Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === 'string')),
      file: typeof file === 'object' ? { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) } : undefined,
      closed: new Promise((resolve) => {
        response.once('close', () => {
          if (!response.writableFinished) resolve();
        });
      }),
    });
    await handler(response, seen.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a streamed document should hold. */
export interface DocumentPlan {
  readonly pages: readonly PageContent[];
  /** Pages after which nothing comes any more. */
  readonly hangAfter?: number;
  /** Pages after which the stream ends with `error`. */
  readonly failAfter?: number;
  readonly error?: object;
  /** Milliseconds before each page. */
  readonly delayMs?: number;
}

const facts: DocumentFacts = { name: 'document', format: 'pdf', byteCount: 5, pageCount: 3, sha256: 'ab', warnings: [] };

/** A document as the real server streams it. */
export async function sendDocument(response: ServerResponse, plan: DocumentPlan): Promise<void> {
  const { pages, hangAfter, failAfter, error, delayMs } = plan;
  const total = pages.length;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  writeData(response, { type: 'wait', ahead: 2 });
  writeData(response, { type: 'load', step: 'session', name: 'decoder', done: 1, total: 2 });
  const head = { id: 'doc_1', created: 1, model: 'nano' };
  writeData(response, { type: 'document', ...head, document: writeDocument(facts), pages: pages.map(({ page }) => page) });
  for (const [done, result] of pages.entries()) {
    if (done === hangAfter) return;
    if (done === failAfter) {
      writeData(response, { error });
      response.end();
      return;
    }
    const { page } = result;
    if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
    writeData(response, { type: 'progress', page, done, total });
    writeData(response, { type: 'progress', page, done, total, work: { phase: 'prefill', done: 1, total: 2 } });
    writeData(response, { type: 'text', page, delta: result.text });
    writeData(response, { type: 'new in a later version', page });
    writeData(response, { type: 'page', ...writePage({ ...result, document: facts }) });
  }
  writeData(response, {
    type: 'done',
    ...writeSummary(
      pages.map((page) => ({ ...page, document: facts })),
      [],
    ),
  });
  writeData(response, '[DONE]');
  response.end();
}
