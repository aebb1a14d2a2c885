import { VisionError } from '@h2ovl/contract';
import { choosePages, type OpenDocument, type OpenDocumentOptions, openDocument, type PageRange } from '@h2ovl/core';
import type { DocumentToOpen, NamedInput } from '../inputs/named-input.ts';
import { showName } from '../terminal/terminal-text.ts';

/** A page that can be read. */
export interface OpenPage {
  readonly kind: 'page';
  /** Which of the inputs, from 0. */
  readonly input: number;
  readonly file: string;
  readonly document: OpenDocument;
  /** Number in the document, from 1. */
  readonly page: number;
  /** Pages of the document that were asked for. */
  readonly chosen: number;
  readonly isLast: boolean;
  /** This page is done with. */
  readonly release: () => Promise<void>;
}

/** A document that cannot be opened, or has not the pages that were asked for. */
interface RefusedDocument {
  readonly kind: 'refused';
  readonly input: number;
  readonly file: string;
  readonly error: unknown;
}

export type PageItem = OpenPage | RefusedDocument;

export interface DocumentPagesOptions extends OpenDocumentOptions {
  readonly pages: PageRange | undefined;
  readonly signal: AbortSignal;
  /** Asks a person for the password of a document; undefined when nobody is there, or gives none. */
  readonly askPassword?: ((question: string) => Promise<string | undefined>) | undefined;
}

/** Passwords that are tried for one document before it is given up. */
const maxTries = 3;

/** The pages of all inputs, in order. A document is opened when its first page is asked for, and closed when its last page is released. */
export class DocumentPages {
  readonly #inputs: readonly NamedInput[];
  readonly #options: DocumentPagesOptions;
  readonly #open = new Set<OpenDocument>();
  /** The latest that was typed: documents that come together often share one. */
  #typed: string | undefined;

  constructor(inputs: readonly NamedInput[], options: DocumentPagesOptions) {
    this.#inputs = inputs;
    this.#options = options;
  }

  async *items(): AsyncGenerator<PageItem, void> {
    for (const [input, named] of this.#inputs.entries()) {
      if (named.error === undefined) yield* this.#pagesOf(input, named);
      else yield { kind: 'refused', input, file: named.file, error: named.error };
    }
  }

  /** Closes what is open still. */
  async close(): Promise<void> {
    for (const document of this.#open) await document.close();
    this.#open.clear();
  }

  async *#pagesOf(input: number, named: DocumentToOpen): AsyncGenerator<PageItem, void> {
    const { file } = named;
    try {
      const { document, numbers } = await this.#openOne(named);
      let left = numbers.length;
      const release = async (): Promise<void> => {
        left -= 1;
        if (left > 0) return;
        this.#open.delete(document);
        await document.close();
      };
      for (const [index, page] of numbers.entries()) {
        yield { kind: 'page', input, file, document, page, chosen: numbers.length, isLast: index === numbers.length - 1, release };
      }
    } catch (error) {
      this.#options.signal.throwIfAborted();
      yield { kind: 'refused', input, file, error };
    }
  }

  async #openOne(named: DocumentToOpen): Promise<{ readonly document: OpenDocument; readonly numbers: readonly number[] }> {
    const { pages, askPassword: _, ...options } = this.#options;
    const document = await this.#openAsking(named).catch(inFlags);
    this.#open.add(document);
    try {
      return { document, numbers: choosePages(document, { ...options, pages }) };
    } catch (error) {
      this.#open.delete(document);
      await document.close();
      throw error;
    }
  }

  async #openAsking({ open, name, file, kind }: DocumentToOpen): Promise<OpenDocument> {
    const { pages: _, askPassword, ...options } = this.#options;
    const tryWith = (password: string | undefined): Promise<OpenDocument> =>
      openDocument(open(), { ...options, ...(name !== undefined && { name }), ...(password !== undefined && { password }) });
    // What a pipe gave is gone after one try.
    const tries = askPassword === undefined || kind === 'pipe' ? 0 : maxTries;
    for (let tried = 0; ; tried += 1) {
      try {
        return await tryWith(options.password ?? this.#typed);
      } catch (error) {
        if (!needsPassword(error) || tried === tries) throw error;
        const typed = await askPassword?.(`${tried > 0 ? 'That is not it. ' : ''}Password of ${showName(file)}: `);
        if (typed === undefined) throw error;
        this.#typed = typed;
      }
    }
  }
}

/** Whether an encrypted document waits for a password, or for another one. */
function needsPassword(error: unknown): error is VisionError {
  return VisionError.isInstance(error) && error.code === 'DOCUMENT_ENCRYPTED' && /password/i.test(error.hint ?? '');
}

/** The library asks for an option; here it is a flag, and there are ways that other users of the machine do not see. */
function inFlags(error: unknown): never {
  if (!needsPassword(error)) throw error;
  throw new VisionError('DOCUMENT_ENCRYPTED', error.message, {
    hint: 'Give its password with --password-file FILE, or as H2OVL_PASSWORD; capitals count.',
    cause: error,
  });
}
