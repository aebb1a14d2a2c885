import { type DocumentFacts, type ImagePart, type Message, nameParam, type TextPart, VisionError } from '@h2ovl/contract';
import type { ChatFilePart } from '@h2ovl/contract/wire';
import type { OpenDocument } from '@h2ovl/core';
import { type DecodedFiles, readBase64 } from '../files/parse-source.ts';
import { cleanName } from './clean-name.ts';

/** A PDF of a chat that is not open yet. */
export interface ChatFile {
  /** Where it stands: the message, and the part of its content. */
  readonly message: number;
  readonly part: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The PDFs of a chat, open. Close them when the model has answered. */
export interface OpenedFiles extends AsyncDisposable {
  /** The messages with the pages of each PDF in its place, as pictures. */
  readonly messages: readonly Message[];
  readonly documents: readonly DocumentFacts[];
  /** An error of the model that names a part of `messages`, with the part of the request instead. Others come back as they are. */
  readonly inRequest: (error: unknown) => unknown;
}

/**
 * Most pages that all PDFs of a chat may have together. A page takes a tile of 256 tokens at least, and the published models read 8,192 tokens, so that more
 * never fit; they are not opened to find that out.
 */
const maxChatPages = 32;

/** Where the signature of a PDF may begin at the latest. */
const latestPdfStart = 1_024;

/**
 * A file part as its bytes, which are not looked into.
 * @throws VisionError INVALID_ARGUMENT with `param` for what is no PDF as OpenAI's clients send it
 */
export function readChatFile({ file }: ChatFilePart, message: number, part: number, decoded: DecodedFiles): ChatFile {
  const path = pathOf({ message, part });
  const { filename = '', file_data: data } = file;
  if (data === undefined) {
    const param = `${path}.file.${file.file_id === undefined ? 'file_data' : 'file_id'}`;
    const what = file.file_id === undefined ? `\`${param}\` is missing` : `\`${param}\` cannot be followed: no files are kept here`;
    throw new VisionError('INVALID_ARGUMENT', `${what}.`, {
      param,
      hint: 'Send the file itself: "file_data": "data:application/pdf;base64,…".',
    });
  }
  const param = `${path}.file.file_data`;
  const name = cleanName(filename);
  const bytes = readBase64(data, param, decoded);
  if (!Buffer.from(bytes.subarray(0, latestPdfStart + 5)).includes('%PDF-')) {
    throw new VisionError('INVALID_ARGUMENT', `${JSON.stringify(name)} is no PDF; other files of a chat are not read.`, {
      param,
      hint: 'Send pictures as image_url parts, and other documents to /v1/read, /v1/ask or /v1/extract.',
    });
  }
  return { message, part, name, bytes };
}

/**
 * Opens the PDFs of a chat, in its turn.
 * @throws VisionError of a document, with the part at fault as `param`; DOCUMENT_TOO_LARGE when they have more pages than any model here reads
 */
export async function openFiles(
  messages: readonly Message[],
  files: readonly ChatFile[],
  maxDecoders: number | undefined,
  signal: AbortSignal,
): Promise<OpenedFiles> {
  const opened: OpenDocument[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((document) => document.close()));
  };
  const pages = new Map<string, readonly ImagePart[]>();
  try {
    let left = maxChatPages;
    for (const file of files) {
      const document = await openFile(file, maxDecoders, signal);
      opened.push(document);
      left -= document.pageCount;
      if (left < 0) throw tooManyPages(file);
      pages.set(pathOf(file), await listPages(document, signal));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    messages: messages.map((message, at) => fillIn(message, at, pages)),
    documents: opened,
    inRequest: (error) => nameAskedPart(error, messages, pages),
    [Symbol.asyncDispose]: close,
  };
}

async function openFile(file: ChatFile, maxDecoders: number | undefined, signal: AbortSignal): Promise<OpenDocument> {
  const { openDocument } = await import('@h2ovl/core');
  try {
    return await openDocument(file.bytes, { name: file.name, maxDecoders, signal });
  } catch (error) {
    if (VisionError.isInstance(error) && error.code === 'DOCUMENT_ENCRYPTED') {
      throw new VisionError(error.code, error.message, {
        param: `${pathOf(file)}.file.file_data`,
        hint: 'A chat has no place for a password: send the PDF to /v1/ask or /v1/extract with `password`, or without its protection.',
        cause: error,
      });
    }
    throw nameParam(error, `${pathOf(file)}.file.file_data`);
  }
}

async function listPages(document: OpenDocument, signal: AbortSignal): Promise<readonly ImagePart[]> {
  const parts: ImagePart[] = [];
  for (let number = 1; number <= document.pageCount; number += 1) {
    parts.push({ type: 'image', image: await document.page(number, signal) });
  }
  return parts;
}

function fillIn(message: Message, at: number, pages: ReadonlyMap<string, readonly ImagePart[]>): Message {
  if (message.role !== 'user' || typeof message.content === 'string') return message;
  const content = message.content.flatMap(
    (part, index): readonly (TextPart | ImagePart)[] => pages.get(pathOf({ message: at, part: index })) ?? [part],
  );
  return { ...message, content };
}

function nameAskedPart(error: unknown, messages: readonly Message[], pages: ReadonlyMap<string, readonly ImagePart[]>): unknown {
  if (pages.size === 0 || !VisionError.isInstance(error)) return error;
  const place = /^messages\[(\d+)\]\.content\[(\d+)\]/.exec(error.param ?? '');
  const message = Number(place?.[1]);
  const content = messages[message]?.content;
  if (!Array.isArray(content)) return error;
  // Where each part of what the model was shown comes from.
  const origins = content.flatMap((_, part) => Array.from({ length: pages.get(pathOf({ message, part }))?.length ?? 1 }, () => part));
  const part = origins[Number(place?.[2])];
  if (part === undefined) return error;
  const path = pathOf({ message, part });
  return Object.assign(error, { param: pages.has(path) ? `${path}.file.file_data` : `${path}.image_url.url` });
}

function pathOf({ message, part }: Pick<ChatFile, 'message' | 'part'>): string {
  return `messages[${message}].content[${part}]`;
}

function tooManyPages(file: ChatFile): VisionError {
  return new VisionError('DOCUMENT_TOO_LARGE', `The PDFs of a chat may have ${maxChatPages} pages together; ${file.name} goes beyond.`, {
    param: `${pathOf(file)}.file.file_data`,
    hint: 'All pages of a chat stand in one prompt. /v1/ask and /v1/read take long documents page by page.',
  });
}
