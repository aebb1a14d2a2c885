import {
  checkOptions,
  type DocumentFacts,
  type OptionNames,
  type PageLines,
  type PageReading,
  type ReadMode,
  readRequest,
  type TextLayer,
  VisionError,
} from '@h2ovl/contract';
import { readLines } from '../lines/read-lines.ts';
import { compareReadings } from './compare-readings.ts';
import { type DocumentOptions, type DocumentSourceInput, documentOptionNames, modelOptions } from './document-options.ts';
import { layerDraft } from './draft-text.ts';
import { eachPage, type PageTask } from './each-page.ts';
import { describeWarnings, describeWork, type PageModel, type PageModelSource, readsPrintOnly } from './page-model.ts';
import { showToModel } from './pages/show-to-model.ts';
import { readPageLines } from './read-page-lines.ts';
import { refuseModelOptions } from './refuse-model-options.ts';
import { cacheOf, resultKey } from './result-cache.ts';
import { supportPage } from './support/support-page.ts';
import { attemptReading } from './verdicts/attempt-answer.ts';
import { lookAtPage, type PageLook } from './verdicts/look-at-page.ts';
import { addReason, layerVerdict, linesVerdict, pageTextOf } from './verdicts/verdicts.ts';

/** How a document is read. */
export interface ReadDocumentOptions extends DocumentOptions {
  /** Reads the pages that have no healthy text layer. Needed for the mode `model`; without one the mode `auto` takes the lines of these pages. */
  readonly model?: PageModelSource | undefined;
  /** Where the text of a page comes from; options that are for the model are refused with the modes that ask none, `text` and `lines`. @default 'auto' */
  readonly mode?: ReadMode | undefined;
  /** What the model is told, in place of the sentence it was trained to be asked for a transcription. */
  readonly instruction?: string | undefined;
  /** Adds how the model's reading and a healthy text layer agree; a page that has both is then read by both. @default false */
  readonly compare?: boolean | undefined;
  /** Adds the lines of every page, with their boxes, whoever read its text: about a second a page. @default false, and pages that the line reader read have them */
  readonly lines?: boolean | undefined;
  /**
   * Compares what the model read with the lines of the page: which share of it stands there, what nobody sees, and what is missing. Takes as long as the
   * lines, about a second a page, where they were not looked at anyway. @default true, but for nano
   */
  readonly support?: boolean | undefined;
  /**
   * Reads a page again where the model went round in circles, or found nothing where lines are: in fewer tiles, with a little chance, and at last takes the lines'
   * own text. @default true
   */
  readonly retry?: boolean | undefined;
  /** Asks the model about blank pages, too: those on which the line reader, searching to the end, finds no place that looks like text. @default false */
  readonly readBlank?: boolean | undefined;
}

const readOptionNames: OptionNames<ReadDocumentOptions> = {
  ...documentOptionNames,
  model: true,
  mode: true,
  instruction: true,
  compare: true,
  lines: true,
  readBlank: true,
  retry: true,
  support: true,
};

const modes: readonly ReadMode[] = ['auto', 'model', 'text', 'lines'];

/**
 * Reads a document page by page: lazy, one page at a time, in order. A page that fails has an `error`, and the next one follows. Leaving the loop
 * closes the document.
 * @throws VisionError of the document (see `openDocument`), PAGE_NOT_FOUND, DOCUMENT_TOO_LARGE (more pages than allowed), INVALID_ARGUMENT, or of the
 * model as a whole; the signal's reason when aborted
 */
export function readDocument(source: DocumentSourceInput, options: ReadDocumentOptions = {}): AsyncGenerator<PageReading, void> {
  checkOptions(options, readOptionNames, 'readDocument()');
  const { mode = 'auto', model } = options;
  if (!modes.includes(mode)) {
    throw new VisionError('INVALID_ARGUMENT', `mode is ${JSON.stringify(mode)}.`, {
      hint: "Modes are 'auto', 'model', 'text' and 'lines'.",
      param: 'mode',
    });
  }
  if (mode === 'model' && model === undefined) {
    throw new VisionError('INVALID_ARGUMENT', `The mode '${mode}' needs a model.`, {
      hint: "Pass a model, or read with mode: 'lines' or 'text'.",
      param: 'model',
    });
  }
  refuseModelOptions(mode, options);
  return eachPage<PageReading>(
    source,
    options,
    async (task, facts) => {
      const reading = await readPage(task, facts, options);
      if (options.lines !== true || reading.lines !== undefined) return reading;
      return { ...reading, lines: await readLines(task.page, { signal: options.signal }) };
    },
    (result) => ({ ...result, text: '' }),
  );
}

async function readPage(task: PageTask, document: DocumentFacts, options: ReadDocumentOptions): Promise<PageReading> {
  const { mode = 'auto', compare = false, model: source, signal } = options;
  if (mode === 'lines') return readPageLines(task, document, 'the lines were asked for', signal);
  const layer = mode === 'model' && !compare ? undefined : await task.page.textLayer(signal);
  const { isLayerTaken, reason } = chooseSource(mode, layer);
  const fromLayer = layer !== undefined && isLayerTaken ? describeLayer(task, document, layer, reason) : undefined;
  const isCompared = compare && layer?.health === 'healthy' && source !== undefined;
  if (mode === 'auto' && source === undefined && fromLayer === undefined) {
    return withLayerNotes(await readPageLines(task, document, `${reason}, and no model was chosen`, signal), layer);
  }
  if (source === undefined || (mode === 'text' && !isCompared)) {
    const verdict = layerVerdict(layer, reason);
    return fromLayer ?? { page: task.page.number, document, text: '', source: 'text', reason, verdict, warnings: [`No text: ${reason}.`] };
  }
  if (fromLayer !== undefined && !isCompared) return fromLayer;
  const look = options.readBlank === true || isCompared ? undefined : await task.time.clock(() => lookAtPage(task.page, signal));
  const seen = look?.lines && linesVerdict(look.lines);
  if (look?.lines && seen?.kind === 'blank') return describeNothing(task, document, look.lines, 'the page is blank');
  const model = typeof source === 'function' ? await source() : source;
  if (look?.lines && seen?.kind === 'unreadable' && readsPrintOnly(model)) {
    return describeNothing(task, document, look.lines, 'the model reads print only, and there is none');
  }
  const asked = await askModel(task, document, model, reason, options, look);
  const fromModel = (options.support ?? !readsPrintOnly(model)) ? await supportPage(asked, task.page, look, signal) : asked;
  const reading =
    fromLayer === undefined
      ? withLayerNotes(fromModel, layer)
      : { ...fromLayer, work: fromModel.work, ...(fromModel.support && { support: fromModel.support }) };
  return isCompared ? { ...reading, comparison: compareReadings(layer.text, fromModel.text) } : reading;
}

function chooseSource(mode: ReadMode, layer: TextLayer | undefined): { readonly isLayerTaken: boolean; readonly reason: string } {
  if (mode === 'model') return { isLayerTaken: false, reason: 'the model was asked for' };
  if (layer === undefined) return { isLayerTaken: false, reason: 'a picture has no text layer' };
  if (layer.health === 'healthy')
    return { isLayerTaken: true, reason: mode === 'text' ? 'the text layer was asked for' : 'the text layer is healthy' };
  const reason = `the text layer is ${layer.health}: ${layer.reason ?? 'no reason is known'}`;
  return { isLayerTaken: mode === 'text' && layer.health === 'broken', reason };
}

function describeLayer({ page }: PageTask, document: DocumentFacts, layer: TextLayer, reason: string): PageReading {
  const doubt = layer.health === 'broken' ? [`The text may be wrong: ${reason}.`] : [];
  const verdict = layerVerdict(layer, reason);
  return { page: page.number, document, text: layer.text, source: 'text', reason, verdict, warnings: [...doubt, ...layer.warnings] };
}

/** Nobody is asked to read a page on which there is nothing: a model would invent something. */
function describeNothing({ page }: PageTask, document: DocumentFacts, lines: PageLines, reason: string): PageReading {
  return {
    page: page.number,
    document,
    text: '',
    source: 'lines',
    reason,
    verdict: linesVerdict(lines),
    warnings: [],
    lines,
  };
}

/** The model reads the picture: what the layer hides does not reach it, but whoever reads the result should know that it is there. */
function withLayerNotes(reading: PageReading, layer: TextLayer | undefined): PageReading {
  const hidden = layer?.health === 'broken' ? layer.warnings.filter((warning) => warning.includes('does not see')) : [];
  return hidden.length === 0 ? reading : { ...reading, warnings: [...reading.warnings, ...hidden] };
}

async function askModel(
  { page, time, report }: PageTask,
  document: DocumentFacts,
  model: PageModel,
  reason: string,
  options: ReadDocumentOptions,
  look: PageLook | undefined,
): Promise<PageReading> {
  const { instruction, retry = true, rotate } = options;
  const pageText = pageTextOf(look?.lines);
  const request = readRequest({ images: [page], ...(instruction !== undefined && { instruction }), ...modelOptions(options), pageText });
  const key = resultKey(page, { ...request, retry, rotate });
  const cache = cacheOf(model);
  const known = key === undefined ? undefined : (cache.get(key) as PageReading | undefined);
  if (known !== undefined) return { ...known, page: page.number, document, reason };
  const draftText = await time.clock(() => layerDraft(page, options));
  const shown = await time.clock(() => showToModel(model, page, { ...options, lines: look?.lines, parts: 'apart', time }));
  const { way, text, result, verdict } = await attemptReading({
    model: shown.model,
    others: shown.others,
    request: { ...request, images: shown.images, draftText } as typeof request,
    lines: look?.lines,
    time,
    isRetrying: retry,
    report,
  });
  const picture = shown.picture(result);
  const isOfLines = way === 'lines';
  const reading: PageReading = {
    page: page.number,
    document,
    text,
    source: isOfLines ? 'lines' : 'model',
    reason,
    verdict: addReason(verdict, look?.reason),
    ...(picture && { picture }),
    warnings: isOfLines ? [] : [...describeWarnings(result), ...shown.warnings(result)],
    work: describeWork(result, isOfLines ? undefined : text),
    ...(isOfLines && look?.lines && { lines: look.lines }),
  };
  if (key !== undefined && verdict.kind !== 'timed-out') cache.set(key, reading, reading.text.length + 500);
  return reading;
}
