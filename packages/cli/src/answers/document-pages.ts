import { VisionError } from '@h2ovl/contract';
import { choosePages, type OpenDocument, type OpenDocumentOptions, openDocument, type PageRange } from '@h2ovl/core';
import type { DocumentToOpen, NamedInput } from '../inputs/named-input.ts';

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
}

/** The pages of all inputs, in order. A document is opened when its first page is asked for, and closed when its last page is released. */
export class DocumentPages {
  readonly #inputs: readonly NamedInput[];
  readonly #options: DocumentPagesOptions;
  readonly #open = new Set<OpenDocument>();

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

  async #openOne({ open, name }: DocumentToOpen): Promise<{ readonly document: OpenDocument; readonly numbers: readonly number[] }> {
    const { pages, ...options } = this.#options;
    const document = await openDocument(open(), { ...options, ...(name !== undefined && { name }) }).catch(inFlags);
    this.#open.add(document);
    try {
      return { document, numbers: choosePages(document, { ...options, pages }) };
    } catch (error) {
      this.#open.delete(document);
      await document.close();
      throw error;
    }
  }
}

/** The library asks for an option; here it is a flag, and there are ways that other users of the machine do not see. */
function inFlags(error: unknown): never {
  if (!VisionError.isInstance(error) || error.code !== 'DOCUMENT_ENCRYPTED' || !/password/i.test(error.hint ?? '')) throw error;
  throw new VisionError('DOCUMENT_ENCRYPTED', error.message, {
    hint: 'Give its password with --password-file FILE, or as H2OVL_PASSWORD; capitals count.',
    cause: error,
  });
}
