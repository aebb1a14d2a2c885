import { fstatSync, readSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { VisionError } from '@h2ovl/contract';
import { openHeic } from '../heic/open-heic.ts';
import { openPdf, type PdfBytes } from '../pdf/open-pdf.ts';
import { openTiff } from '../tiff/open-tiff.ts';
import type { DecodedDocument, DecoderAnswers, DecoderInput, DecoderReply, DecoderRequest, DecoderStart } from './decoder-protocol.ts';

/**
 * The entry of the process in which foreign documents are decoded: one document, one request after the other. It may crash, hang or be killed
 * at any time; nothing but the request under way is lost.
 */
function main(): void {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error('This file is started as a process by decoder-link.');
  const start = JSON.parse(process.argv[2] ?? '{}') as DecoderStart;
  watch(start.maxMemoryBytes);
  let document: DecodedDocument | undefined;
  let queue: Promise<void> = Promise.resolve();
  process.on('message', (request: DecoderRequest) => {
    queue = queue.then(async () => {
      const reply = await answer(request).then(
        (value): DecoderReply => ({ isOk: true, value, memoryBytes: process.memoryUsage.rss() }),
        (error: unknown): DecoderReply => ({ isOk: false, ...describe(error), memoryBytes: process.memoryUsage.rss() }),
      );
      send(reply);
    });
  });
  // Ctrl-C reaches every process of a terminal: what becomes of this one is the parent's affair, which stops it, or leaves it by its end.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('disconnect', () => process.exit(0));

  async function answer(request: DecoderRequest): Promise<DecoderAnswers[DecoderRequest['type']]> {
    if (request.type === 'open') {
      document = await open(request);
      return { pageCount: document.pageCount, warnings: document.warnings, isLocked: document.isLocked };
    }
    if (document === undefined) throw new Error('no document is open');
    if (request.type === 'overlay') {
      if (document.overlay === undefined) throw new Error('only a PDF takes something over its pages');
      return document.overlay(request.overlay);
    }
    if (request.type === 'page') return document.page(request.index);
    if (request.type === 'render') return document.render(request.index, request.width, request.height);
    return document.text(request.index);
  }
}

async function open({
  format,
  name,
  input,
  password,
  maxPixels,
}: Extract<DecoderRequest, { readonly type: 'open' }>): Promise<DecodedDocument> {
  const source = bytesOf(input);
  if (format === 'pdf') return openPdf(source, { name, password });
  const bytes = 'bytes' in input ? input.bytes : new Uint8Array(source.byteCount);
  if (!('bytes' in input)) source.copyTo(bytes);
  return format === 'tiff' ? openTiff(bytes, { name, maxPixels }) : openHeic(bytes, { name, maxPixels });
}

function bytesOf(input: DecoderInput): PdfBytes {
  if ('bytes' in input) return { byteCount: input.bytes.byteLength, copyTo: (target) => target.set(input.bytes) };
  const { descriptor, byteCount } = input;
  return {
    byteCount,
    copyTo: (target) => {
      for (let at = 0; at < byteCount; ) {
        const read = readSync(descriptor, target, at, Math.min(byteCount - at, 1 << 24), at);
        if (read === 0) throw new Error(`the file shrank from ${byteCount} to ${fstatSync(descriptor).size} bytes while it was read`);
        at += read;
      }
    },
  };
}

/**
 * A thread of its own, because a decoder holds this one for as long as it likes. It ends the process when that has taken too much memory, or when
 * its parent is gone.
 */
function watch(maxMemoryBytes: number): void {
  const script = `
    const parent = process.ppid;
    setInterval(() => {
      if (process.memoryUsage.rss() > ${maxMemoryBytes} || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
    }, 50);`;
  new Worker(script, { eval: true, stdout: true, stderr: true }).unref();
}

function describe(error: unknown): Pick<Extract<DecoderReply, { readonly isOk: false }>, 'isUnexpected' | 'code' | 'message' | 'hint'> {
  if (error instanceof VisionError) return { isUnexpected: false, code: error.code, message: error.message, hint: error.hint };
  return {
    isUnexpected: true,
    code: 'DOCUMENT_UNREADABLE',
    message: error instanceof Error ? error.message : String(error),
    hint: undefined,
  };
}

main();
