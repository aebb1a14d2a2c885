import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import type { QualityPage, QualityProgress, QualityReport } from '@h2ovl/core';
import type { Precision } from '@h2ovl/core/convert';
import { InvalidArgumentError } from 'commander';
import { answerRequest, readQuestion } from '../answers/answer-request.ts';
import type { CommandContext } from '../command-context.ts';
import { addLimitFlags, type LimitFlags, limitFlags, type RawAnswerFlags } from '../flags/answer-flags.ts';
import { addModelChoice, type ModelFlags, modelFlags, type RawModelFlags } from '../flags/model-flags.ts';
import { wholeNumber } from '../flags/numbers.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { parsePrecisions } from '../flags/parse-precisions.ts';
import { given } from '../given.ts';
import { addTexts, formatQuality, type QualityResult } from '../measure/quality-report.ts';
import { readSamples, type Sample } from '../measure/read-samples.ts';
import { countEdits, type EditCounts } from '../measure/text-metrics.ts';
import { createLoadReporter } from '../terminal/progress-labels.ts';
import { type CommandModule, invoke } from './command.ts';

interface QualityRequest extends OutputFlags, Omit<ModelFlags, 'precision'>, LimitFlags {
  /** Undefined: the model's own samples, or random ids. */
  readonly folder: string | undefined;
  /** What is compared with exact. */
  readonly compare: readonly Precision[];
  /** Pages at most; undefined: all. */
  readonly limit: number | undefined;
}

interface RawQualityFlags extends RawOutputFlags, RawModelFlags, RawAnswerFlags {
  readonly compare?: readonly Precision[];
  readonly limit?: number;
}

export const qualityCommand: CommandModule = {
  name: 'quality',
  description: 'Measure what a smaller precision costs, against the exact one.',
  notes: (h2ovl) => `
Every precision predicts the next token of the same texts: the answers in the folder's index.json (as for ${h2ovl} eval), or with a folder of
images what the exact model answers, or without a folder random ids; nano brings pages of its own. With answers, each precision also reads
the pages freely and CER is compared. Conversions stay in the cache (${h2ovl} models).

Examples:
  ${h2ovl} quality
  ${h2ovl} quality ./my-pages --model ./h2ovl-mississippi-800m --compare fast
  ${h2ovl} quality --compare balanced,float32-int4-int4,int8-int8-int8 --json`,

  define: (command, { env, run }) => {
    addLimitFlags(addOutputFlags(addModelChoice(command)))
      .argument('[folder]', 'folder with images, and with index.json to compare texts (default: pages that come with the model)')
      .option(
        '--compare <list>',
        'precisions to compare with exact: balanced, fast, or formats of vision, language and head as in float32-int4-int8 (default: balanced,fast)',
        precisionList,
      )
      .option('--limit <count>', 'take only the first pages', wholeNumber)
      .action((folder: string | undefined, flags: RawQualityFlags) => {
        const compare = flags.compare ?? (['balanced', 'fast'] as const);
        const values = { folder, compare, limit: flags.limit, ...outputFlags(flags), ...modelFlags(flags, env), ...limitFlags(flags) };
        run(invoke('quality', values, compareQuality));
      });
  },
};

function precisionList(value: string): readonly Precision[] {
  const precisions = parsePrecisions(value);
  if (precisions !== undefined) return precisions;
  throw new InvalidArgumentError('It must name balanced, fast or three formats as in float32-int4-int8, with commas between.');
}

/** What precisions of one checkpoint cost against `exact`, on the user's pages, on nano's own samples, or on random ids. */
async function compareQuality(request: QualityRequest, context: CommandContext): Promise<number> {
  const { output, signal, status } = context;
  const folder = request.folder ?? (await findOwnSamples(request.model, context));
  const samples = folder === undefined ? [] : (await listSamples(folder)).slice(0, request.limit);
  const report = await context.library.measureQuality(request.model, {
    candidates: request.compare,
    pages: samples.map(({ file, question = readQuestion, answer }): QualityPage => ({ file: join(folder ?? '', file), question, answer })),
    ...given({ tiles: request.tiles, threads: request.threads }),
    signal,
    onProgress: createReporter(context),
  });
  const answered = folder !== undefined && samples.every(hasAnswer);
  const result = answered ? await scoreAnswers({ report, folder, samples: samples.filter(hasAnswer) }, request, context) : report;
  status.clear();
  await output.write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : formatQuality(result));
  return 0;
}

type Page = Omit<Sample, 'answer'> & { readonly answer: string | undefined };

const hasAnswer = (page: Page): page is Sample => page.answer !== undefined;

/** nano comes with pages it was made to read. */
async function findOwnSamples(model: string, { library }: CommandContext): Promise<string | undefined> {
  const { name, directory } = await library.locateModel(model);
  const samples = join(directory, '..', 'samples');
  return name === 'nano' && (await isFile(join(samples, 'index.json'))) ? samples : undefined;
}

/** The samples of an eval folder, or simply all images of a folder. */
async function listSamples(folder: string): Promise<readonly Page[]> {
  if (await isFile(join(folder, 'index.json'))) return readSamples(folder);
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new VisionError('INVALID_ARGUMENT', `${folder} cannot be read (${cause.code}).`, { hint: 'Pass a folder with images.', cause });
  });
  const images = names.filter((name) => /\.(png|jpe?g|webp|tiff?)$/i.test(name)).sort();
  if (images.length > 0) return images.map((file) => ({ file, answer: undefined }));
  throw new VisionError('INVALID_ARGUMENT', `${folder} holds no images (PNG, JPEG, WebP, TIFF).`, { hint: 'Pass a folder with images.' });
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

interface Scoring {
  readonly report: QualityReport;
  readonly folder: string;
  readonly samples: readonly Sample[];
}

/** Lets each conversion answer freely, as users run it, and counts the edits to what should be there. */
async function scoreAnswers(scoring: Scoring, request: QualityRequest, context: CommandContext): Promise<QualityResult> {
  const { report } = scoring;
  const counts = new Map<string, readonly EditCounts[]>();
  for (const { name, directory } of [report.reference, ...report.candidates]) {
    counts.set(name, await answerSamples({ ...scoring, name, directory }, request, context));
  }
  return addTexts(report, counts);
}

async function answerSamples(
  { folder, samples, name, directory }: Scoring & { readonly name: string; readonly directory: string },
  { maxTokens, tiles, threads }: QualityRequest,
  { library, signal, status }: CommandContext,
): Promise<readonly EditCounts[]> {
  const model = await library.loadModel(directory, { ...given({ threads }), maxConcurrent: 1, signal });
  try {
    const counts: EditCounts[] = [];
    // One at a time: what runs beside it can change the last bits of an int4 product, and this compares precisions, not schedules.
    for (const { file, question, answer } of samples) {
      status.show({ label: `${name}: answering ${file}`, fraction: counts.length / samples.length });
      const images = [join(folder, file)];
      const { text } = await model.generate(answerRequest({ images, question, signal }, { maxTokens, tiles }));
      counts.push(countEdits(text, answer));
    }
    return counts;
  } finally {
    await model.dispose();
  }
}

function createReporter({ status }: CommandContext): (progress: QualityProgress) => void {
  const reportLoad = createLoadReporter(status);
  return (progress) => {
    if (progress.type !== 'page') return reportLoad(progress);
    const { precision, done, total } = progress;
    if (done === 0) status.logPhase(`Reading ${total} pages with ${precision}.`);
    status.show({ label: `${precision}: page ${done + 1} of ${total}`, fraction: done / total });
  };
}
