import type { Page } from '@h2ovl/contract';
import type { OpenDocument } from '@h2ovl/core';
import { DocumentPages, type OpenPage } from '../answers/document-pages.ts';
import { nameOutputs } from '../answers/name-outputs.ts';
import { openOptions } from '../answers/open-options.ts';
import { OutFiles } from '../answers/out-files.ts';
import type { CommandContext } from '../command-context.ts';
import type { DocumentFlags } from '../flags/document-flags.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import type { UrlFlags } from '../flags/url-flags.ts';
import { findInputs } from '../inputs/find-inputs.ts';
import type { NamedInput } from '../inputs/named-input.ts';
import { describeFailure } from '../terminal/describe-failure.ts';
import { inOwnWords } from '../terminal/own-words.ts';
import { showName } from '../terminal/terminal-text.ts';
import { drawBoxes } from './draw-boxes.ts';
import { type DonePage, describeFile, formEndings, type LineForm } from './line-forms.ts';
import { beginPdf, type PdfResult, type ReadPage } from './pdf-results.ts';
import { writePng } from './write-png.ts';

export interface LinesRequest extends DocumentFlags, UrlFlags, OutputFlags {
  readonly files: readonly string[];
  readonly form: LineForm;
  /** Writes each page with its boxes. */
  readonly draw: boolean;
}

/** `lines`: every page of every file. Exit code 1 when one of them failed. */
export async function linesOfFiles(request: LinesRequest, context: CommandContext): Promise<number> {
  const { signal, world, library } = context;
  const inputs = await findInputs(request.files, world, {
    command: 'lines',
    signal,
    allowUrls: request.urlHosts !== undefined,
    isRecursive: request.recursive,
  });
  const pages = new DocumentPages(inputs, await openOptions(request, context));
  const work = new LinesWork(request, context, inputs);
  try {
    await work.prepare();
    for await (const item of pages.items()) {
      if (item.kind === 'page') await work.readPage(item).finally(item.release);
      else await work.refuse(item);
    }
  } finally {
    await work.stop();
    await pages.close();
    await library.closeLineReader();
  }
  return work.hasFailed ? 1 : 0;
}

/** What was read of the file in work, and where it goes. */
class LinesWork {
  hasFailed = false;
  readonly #request: LinesRequest;
  readonly #context: CommandContext;
  readonly #inputs: readonly NamedInput[];
  #out: OutFiles | undefined;
  /** The path of each input below the folder, without an ending. */
  readonly #names: readonly string[];
  #done: DonePage[] = [];
  #pdf: PdfResult | undefined;
  /** The PDF in work takes no words, which was said at the first page that needs some. */
  #isPdfRefused = false;
  #hasWritten = false;

  constructor(request: LinesRequest, context: CommandContext, inputs: readonly NamedInput[]) {
    this.#request = request;
    this.#context = context;
    this.#inputs = inputs;
    this.#names = nameOutputs(inputs, '');
  }

  async prepare(): Promise<void> {
    const { out, form, overwrite } = this.#request;
    if (out === undefined) return;
    this.#out = await OutFiles.open(
      out,
      this.#names.map((name) => name + formEndings[form]),
      { isOverwriting: overwrite, inputs: this.#inputs },
    );
  }

  async readPage(item: OpenPage): Promise<void> {
    const { input, file, page: number, chosen, isLast } = item;
    const { signal, status } = this.#context;
    const label = chosen > 1 ? `${file}, page ${number}` : file;
    status.show({ label: `Reading the lines of ${showName(label)}` });
    try {
      if (!this.#isPdfRefused) await this.#readOne(item, label);
    } catch (error) {
      signal.throwIfAborted();
      this.#fail(label, number, error);
    }
    status.clear();
    if (isLast) await this.#endFile(input, file);
  }

  async #readOne({ input, document, page: number, chosen }: OpenPage, label: string): Promise<void> {
    const { library, signal, status } = this.#context;
    const { form, draw } = this.#request;
    const page = await document.page(number, signal);
    const pdf = form === 'pdf' ? await this.#openPdf(input, document) : undefined;
    const isSearchable = pdf !== undefined && (await carriesText(page, signal));
    if (isSearchable) pdf.keep();
    if (isSearchable && !draw) return;
    if (pdf !== undefined && !isSearchable) this.#checkMayAdd(pdf);
    const pixels = await page.render({ signal });
    const lines = await library.readLines(pixels, { signal });
    for (const warning of [...pixels.warnings, ...lines.warnings]) status.warn(`warning: ${showName(label)}: ${warning}`);
    if (!isSearchable) await pdf?.add({ number, pixels, dpi: page.dpi, lines });
    this.#done.push({ number, lines });
    if (draw) await this.#draw(`${this.#names[input]}${chosen > 1 ? `.page-${number}` : ''}.lines.png`, { pixels, lines }, label);
  }

  /** A file that cannot be opened. */
  async refuse({ input, file, error }: { readonly input: number; readonly file: string; readonly error: unknown }): Promise<void> {
    const { output, status, world } = this.#context;
    this.hasFailed = true;
    status.fail(error, [file]);
    const line = `${JSON.stringify({ file, error: describeFailure(error, world.h2ovl) })}\n`;
    if (this.#request.form !== 'json') return;
    if (this.#out === undefined) await output.write(line);
    else await this.#out.write(`${this.#names[input]}${formEndings.json}`, line);
  }

  /** Takes away what is not complete. */
  async stop(): Promise<void> {
    this.#context.status.clear();
    await this.#pdf?.file.drop();
  }

  #checkMayAdd(pdf: PdfResult): void {
    try {
      pdf.checkMayAdd();
    } catch (error) {
      this.#isPdfRefused = true;
      throw error;
    }
  }

  async #openPdf(input: number, document: OpenDocument): Promise<PdfResult> {
    this.#pdf ??= await beginPdf(document, await this.#files().create(this.#names[input] + formEndings.pdf));
    return this.#pdf;
  }

  /** What was read of a page is not lost with its picture. */
  async #draw(name: string, { pixels, lines }: Pick<ReadPage, 'pixels' | 'lines'>, label: string): Promise<void> {
    const { signal, status } = this.#context;
    try {
      const path = await this.#files().write(name, await writePng(drawBoxes(pixels, lines)));
      status.notify(`Wrote ${path}`);
    } catch (error) {
      signal.throwIfAborted();
      this.hasFailed = true;
      status.fail(error, [label]);
    }
  }

  /** What needs a folder is refused without one before any work. */
  #files(): OutFiles {
    if (this.#out === undefined) throw new Error('there is no folder for files');
    return this.#out;
  }

  #fail(label: string, number: number, error: unknown): void {
    const { status, world } = this.#context;
    this.hasFailed = true;
    status.fail(error, [label]);
    const { code, message, hint } = describeFailure(error, world.h2ovl);
    this.#done.push({
      number,
      error: { code: code ?? 'INTERNAL', message, ...(hint !== undefined && { hint: inOwnWords(hint, world.h2ovl) }) },
    });
  }

  async #endFile(input: number, file: string): Promise<void> {
    const { output, status } = this.#context;
    const { form } = this.#request;
    const pages = this.#done;
    this.#done = [];
    if (form === 'pdf') {
      await this.#endPdf(file);
      return;
    }
    // A file of pages none of which could be read would look like one without text; JSON tells the errors.
    if (form !== 'json' && pages.every(({ lines }) => lines === undefined)) return;
    const text = describeFile(form, file, pages);
    if (this.#out !== undefined) {
      status.notify(`Wrote ${await this.#out.write(`${this.#names[input]}${formEndings[form]}`, text)}`);
      return;
    }
    const header = form === 'text' && this.#inputs.length > 1 ? `${this.#hasWritten ? '\n' : ''}==> ${showName(file)} <==\n` : '';
    await output.write(header + text);
    this.#hasWritten = true;
  }

  /** A file whose PDF cannot be written ends alone. */
  async #endPdf(file: string): Promise<void> {
    const { signal, status } = this.#context;
    const pdf = this.#pdf;
    if (pdf === undefined) return; // its pages have said why
    try {
      if (this.#isPdfRefused) return;
      const warnings = await pdf.end(signal);
      for (const warning of warnings) status.warn(`note: ${showName(file)}: ${warning}`);
      status.notify(`Wrote ${pdf.file.path}`);
    } catch (error) {
      signal.throwIfAborted();
      this.hasFailed = true;
      status.fail(error, [file]);
    } finally {
      await pdf.file.drop();
      this.#pdf = undefined;
      this.#isPdfRefused = false;
    }
  }
}

/** Whether a page can be searched as it is: what it shows is in the file as text, or somebody has laid text over it that is not seen. */
async function carriesText(page: Page, signal: AbortSignal): Promise<boolean> {
  const layer = await page.textLayer(signal);
  return layer?.health === 'healthy' || layer?.hidden.some(({ reason }) => reason === 'invisible') === true;
}
