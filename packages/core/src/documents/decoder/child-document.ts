import type { FileHandle } from 'node:fs/promises';
import { abortable, linkSignal, onAbort, type PagePixels, VisionError } from '@h2ovl/contract';
import type { ResolvedLimits } from '../document-limits.ts';
import { type AnswerTo, DecoderGone, DecoderLink, type DecoderLinkOptions, inheritedDescriptor } from './decoder-link.ts';
import { type DecoderPlace, decoderPlaces } from './decoder-places.ts';
import type {
  DecoderFormat,
  DecoderInput,
  DecoderReply,
  DecoderRequest,
  OpenedDocument,
  PageOutline,
  PageOverlay,
} from './decoder-protocol.ts';

export interface ChildDocumentOptions {
  readonly format: DecoderFormat;
  readonly name: string;
  /** The bytes, or a file that stays open as long as the document. */
  readonly source: Uint8Array | { readonly file: FileHandle; readonly byteCount: number };
  readonly password: string | undefined;
  readonly limits: ResolvedLimits;
  /** Processes of this program that may decode at the same time. */
  readonly maxDecoders: number;
}

type PageRequest = Extract<DecoderRequest, { readonly index: number }>;

/**
 * A document in a process of its own. The process is started anew when it crashed, was ended for taking too long or too much, has grown
 * (a WebAssembly memory never shrinks), or had to make room for another document's; only a page that was under way is lost.
 */
export class ChildDocument {
  readonly #options: ChildDocumentOptions;
  readonly #closing = new AbortController();
  #link: DecoderLink | undefined;
  #place: DecoderPlace | undefined;
  #opened: OpenedDocument | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #spentMs = 0;
  /** Most memory that the process was seen to take, in bytes. */
  peakMemoryBytes = 0;

  private constructor(options: ChildDocumentOptions) {
    this.#options = options;
  }

  /** @throws VisionError DOCUMENT_UNREADABLE, DOCUMENT_ENCRYPTED, DOCUMENT_TOO_LARGE, DOCUMENT_TIMEOUT, DECODER_UNAVAILABLE; the signal's reason */
  static async open(options: ChildDocumentOptions, signal: AbortSignal | undefined): Promise<ChildDocument> {
    const document = new ChildDocument(options);
    await document
      .#inTurn(signal, () => document.#ensureOpen(signal))
      .catch((error: unknown) => {
        document.close();
        throw error;
      });
    return document;
  }

  get pageCount(): number {
    return this.#opened?.pageCount ?? 0;
  }

  get warnings(): readonly string[] {
    return this.#opened?.warnings ?? [];
  }

  get isLocked(): boolean {
    return this.#opened?.isLocked === true;
  }

  page(index: number, signal: AbortSignal | undefined): Promise<PageOutline> {
    return this.#ask({ type: 'page', index }, signal) as Promise<PageOutline>;
  }

  /** `width` and `height` are pixels. */
  render(index: number, width: number, height: number, signal: AbortSignal | undefined): Promise<PagePixels> {
    return this.#ask({ type: 'render', index, width, height }, signal) as Promise<PagePixels>;
  }

  text(index: number, signal: AbortSignal | undefined): Promise<AnswerTo<'text'>> {
    return this.#ask({ type: 'text', index }, signal) as Promise<AnswerTo<'text'>>;
  }

  /** In a process of its own, which ends with it: the document is changed there. */
  overlay(overlay: PageOverlay, signal: AbortSignal | undefined): Promise<AnswerTo<'overlay'>> {
    return this.#inTurn(signal, async () => {
      this.#drop();
      try {
        await this.#ensureOpen(signal);
        return (await this.#converse({ type: 'overlay', overlay }, this.#options.name, signal)) as AnswerTo<'overlay'>;
      } finally {
        this.#drop();
      }
    });
  }

  close(): void {
    if (!this.#closing.signal.aborted) this.#closing.abort(closed(this.#options.name));
    this.#drop();
  }

  #ask(request: PageRequest, signal: AbortSignal | undefined): Promise<unknown> {
    return this.#inTurn(signal, async () => {
      await this.#ensureOpen(signal);
      return this.#converse(request, `Page ${request.index + 1} of ${this.#options.name}`, signal);
    });
  }

  /** One request after the other: their time is counted, and the process can only do one thing. */
  #inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(async () => {
      signal?.throwIfAborted();
      this.#closing.signal.throwIfAborted();
      try {
        return await work();
      } finally {
        const link = this.#link;
        this.#place?.rest(() => link?.kill());
      }
    });
    this.#queue = turn.catch(() => {});
    return signal === undefined ? turn : abortable(turn, signal);
  }

  async #ensureOpen(signal: AbortSignal | undefined): Promise<void> {
    const { format, name, source, password, limits, maxDecoders } = this.#options;
    const fileBytes = 'file' in source ? source.byteCount : source.byteLength;
    if (this.#link !== undefined && this.#link.memoryBytes > grownBytes(limits.maxMemoryBytes, fileBytes)) this.#drop();
    this.#place?.work();
    if (this.#link !== undefined && !this.#link.isGone) return;
    const place = await this.#takePlace(maxDecoders, signal);
    const isFile = 'file' in source;
    this.#link = startLink(place, { maxMemoryBytes: limits.maxMemoryBytes, file: isFile ? source.file.fd : undefined });
    this.#place = place;
    const input: DecoderInput = isFile ? { descriptor: inheritedDescriptor, byteCount: source.byteCount } : { bytes: source };
    const request: DecoderRequest = { type: 'open', format, name, input, password, maxPixels: limits.maxPixels };
    this.#opened = (await this.#converse(request, name, signal)) as OpenedDocument;
  }

  /** The time that this takes is nobody's fault, and is not counted. */
  async #takePlace(limit: number, signal: AbortSignal | undefined): Promise<DecoderPlace> {
    const either = linkSignal(signal, this.#closing.signal);
    try {
      return await decoderPlaces.take(limit, either.signal);
    } finally {
      either.release();
    }
  }

  #drop(): void {
    this.#link?.kill();
    this.#link = undefined;
  }

  async #converse(request: DecoderRequest, what: string, signal: AbortSignal | undefined): Promise<unknown> {
    const link = this.#link;
    if (link === undefined) throw closed(this.#options.name);
    const { limits } = this.#options;
    const leftMs = limits.documentTimeoutMs - this.#spentMs;
    // What concerns all pages has the time of all pages.
    const pageMs = request.type === 'overlay' ? limits.documentTimeoutMs : limits.pageTimeoutMs;
    if (leftMs <= 0) throw tooSlow(this.#options.name, 'documentTimeoutMs', limits.documentTimeoutMs);
    const started = performance.now();
    let ended: 'time' | 'abort' | undefined;
    const end = (why: typeof ended): void => {
      ended = why;
      link.kill();
    };
    const timer = setTimeout(() => end('time'), Math.min(leftMs, pageMs));
    const unfollow = signal && onAbort(signal, () => end('abort'));
    try {
      const reply = await link.ask(request);
      this.peakMemoryBytes = Math.max(this.peakMemoryBytes, reply.memoryBytes);
      return this.#read(reply, what);
    } catch (error) {
      if (!(error instanceof DecoderGone)) throw error;
      this.#link = undefined;
      if (ended === 'abort') throw signal?.reason;
      this.#closing.signal.throwIfAborted();
      if (ended === 'time') {
        const isPage = request.type !== 'overlay' && pageMs <= leftMs;
        throw tooSlow(what, isPage ? 'pageTimeoutMs' : 'documentTimeoutMs', isPage ? pageMs : limits.documentTimeoutMs);
      }
      throw error.how === 'killed' ? tooMuch(what, limits.maxMemoryBytes, error) : crashed(what, error);
    } finally {
      clearTimeout(timer);
      unfollow?.();
      this.#spentMs += performance.now() - started;
    }
  }

  #read(reply: DecoderReply, what: string): unknown {
    if (reply.isOk) return reply.value;
    // What a decoder did not say on purpose may have left it in any state.
    if (reply.isUnexpected) {
      this.#drop();
      throw crashed(what, new Error(reply.message));
    }
    throw new VisionError(reply.code, reply.message, reply.hint === undefined ? {} : { hint: reply.hint });
  }
}

/** What the process takes before it has opened anything, and a page of common size with it. */
const baseBytes = 150_000_000;

/**
 * Memory at which a process is started anew for the next page, which could otherwise reach the ceiling with what earlier pages left behind: a quarter of the
 * ceiling beyond what it needs in any case, its file included, or a large file would be opened once for each page.
 */
export function grownBytes(maxMemoryBytes: number, fileBytes: number): number {
  return baseBytes + fileBytes + maxMemoryBytes / 4;
}

/** A process whose place is free again when it has ended. @throws VisionError DECODER_UNAVAILABLE */
function startLink(place: DecoderPlace, options: DecoderLinkOptions): DecoderLink {
  try {
    const link = new DecoderLink(options);
    void link.ended.then(() => place.leave());
    return link;
  } catch (error) {
    place.leave();
    throw error;
  }
}

function closed(name: string): VisionError {
  return new VisionError('DISPOSED', `${name} was closed.`, { hint: 'Open it again.' });
}

function tooSlow(what: string, option: string, limitMs: number): VisionError {
  return new VisionError('DOCUMENT_TIMEOUT', `${what} was not decoded within ${limitMs} ms (${option}).`, {
    hint: `Leave the page out, or raise ${option}.`,
  });
}

function tooMuch(what: string, limit: number, cause: unknown): VisionError {
  return new VisionError('DOCUMENT_TOO_LARGE', `${what} needs more than ${limit} bytes of memory to decode (maxMemoryBytes).`, {
    hint: 'Leave the page out, render it at a lower resolution, or raise maxMemoryBytes.',
    cause,
  });
}

function crashed(what: string, cause: Error): VisionError {
  return new VisionError('DOCUMENT_UNREADABLE', `${what} cannot be decoded: ${cause.message.replace(/\.$/, '')}.`, {
    hint: 'Leave the page out, or save the document anew in the program it came from.',
    cause,
  });
}
