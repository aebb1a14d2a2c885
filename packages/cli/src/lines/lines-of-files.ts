import { VisionError } from '@h2ovl/contract';
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
import { type DonePage, describeFile, formEndings, type LineForm, PdfPages } from './line-forms.ts';
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
  readonly #isSeveral: boolean;
  #out: OutFiles | undefined;
  /** The path of each input below the folder, without an ending. */
  readonly #names: readonly string[];
  #done: DonePage[] = [];
  #pdf: PdfPages | undefined;
  #hasWritten = false;

  constructor(request: LinesRequest, context: CommandContext, inputs: readonly NamedInput[]) {
    this.#request = request;
    this.#context = context;
    this.#isSeveral = inputs.length > 1;
    this.#names = nameOutputs(inputs, '');
  }

  async prepare(): Promise<void> {
    const { out, form, overwrite } = this.#request;
    if (out === undefined) return;
    this.#out = await OutFiles.open(
      out,
      this.#names.map((name) => name + formEndings[form]),
      overwrite,
    );
  }

  async readPage({ input, file, document, page: number, chosen, isLast }: OpenPage): Promise<void> {
    const { library, signal, status } = this.#context;
    const label = chosen > 1 ? `${file}, page ${number}` : file;
    status.show({ label: `Reading the lines of ${showName(label)}` });
    try {
      if (this.#request.form === 'pdf' && document.format === 'pdf') throw pdfOfPdf(file);
      const page = await document.page(number, signal);
      const pixels = await page.render({ signal });
      const lines = await library.readLines(pixels, { signal });
      for (const warning of [...pixels.warnings, ...lines.warnings]) status.warn(`warning: ${showName(label)}: ${warning}`);
      await this.#writePictures(input, number, chosen, { pixels, lines });
      this.#done.push({ number, lines });
    } catch (error) {
      signal.throwIfAborted();
      this.#fail(label, number, error);
    }
    status.clear();
    if (isLast) await this.#endFile(input, file);
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

  async #writePictures(
    input: number,
    number: number,
    chosen: number,
    page: { readonly pixels: Parameters<PdfPages['add']>[0]; readonly lines: Parameters<PdfPages['add']>[1] },
  ): Promise<void> {
    const out = this.#out;
    if (out === undefined) return;
    const name = this.#names[input] as string;
    if (this.#request.draw) {
      const path = await out.write(
        `${name}${chosen > 1 ? `.page-${number}` : ''}.lines.png`,
        await writePng(drawBoxes(page.pixels, page.lines)),
      );
      this.#context.status.notify(`Wrote ${path}`);
    }
    if (this.#request.form !== 'pdf') return;
    this.#pdf ??= await PdfPages.begin(await out.create(name + formEndings.pdf));
    await this.#pdf.add(page.pixels, page.lines);
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
    const pdf = this.#pdf;
    this.#done = [];
    this.#pdf = undefined;
    if (form === 'pdf') {
      if (pdf === undefined) return; // its pages have said why
      await pdf.end();
      status.notify(`Wrote ${pdf.file.path}`);
      return;
    }
    if (form === 'text' && pages.every(({ lines }) => lines === undefined)) return;
    const text = describeFile(form, file, pages);
    if (this.#out !== undefined) {
      status.notify(`Wrote ${await this.#out.write(`${this.#names[input]}${formEndings[form]}`, text)}`);
      return;
    }
    const header = form === 'text' && this.#isSeveral ? `${this.#hasWritten ? '\n' : ''}==> ${showName(file)} <==\n` : '';
    await output.write(header + text);
    this.#hasWritten = true;
  }
}

function pdfOfPdf(file: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', `${file} is a PDF, and invisible lines are only laid over pictures.`, {
    hint: 'Use --format text, hocr or --json for it, or turn its pages into pictures first.',
  });
}
