import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { measureQuality, type QualityPage, type QualityProgress, type QualityReport } from '@h2ovl/core';
import { maxOutputTokens, readQuestion } from './answer-defaults.ts';
import type { QualityCommand } from './commands.ts';
import { given } from './given.ts';
import { createLoadReporter } from './progress-labels.ts';
import { addTexts, formatQuality, type QualityResult } from './quality-report.ts';
import { readSamples, type Sample } from './read-samples.ts';
import type { Session } from './session.ts';
import { countEdits, type EditCounts } from './text-metrics.ts';

/** `quality`: what precisions of one checkpoint cost against `exact`, on the user's pages, on nano's own samples, or on random ids. */
export async function measureModelQuality(
  command: QualityCommand,
  session: Session,
  measure: typeof measureQuality = measureQuality,
): Promise<number> {
  const { output, signal, status } = session;
  const folder = command.folder ?? (await findOwnSamples(command.model, session));
  const samples = folder === undefined ? [] : (await readPages(folder)).slice(0, command.limit);
  const report = await measure(command.model, {
    candidates: command.compare,
    pages: samples.map(({ file, question = readQuestion, answer }): QualityPage => ({ file: join(folder ?? '', file), question, answer })),
    ...given({ maxTiles: command.maxTiles, threads: command.threads }),
    signal,
    onProgress: createReporter(session),
  });
  const answered = folder !== undefined && samples.every(hasAnswer);
  const result = answered ? await scoreAnswers({ report, folder, samples: samples.filter(hasAnswer) }, command, session) : report;
  status.clear();
  await output.write(command.json ? `${JSON.stringify(result, undefined, 2)}\n` : formatQuality(result));
  return 0;
}

type Page = Omit<Sample, 'answer'> & { readonly answer: string | undefined };

const hasAnswer = (page: Page): page is Sample => page.answer !== undefined;

/** nano comes with pages it was made to read. */
async function findOwnSamples(model: string, { engine }: Session): Promise<string | undefined> {
  const { name, directory } = await engine.locateModel(model);
  const samples = join(directory, '..', 'samples');
  return name === 'nano' && (await isFile(join(samples, 'index.json'))) ? samples : undefined;
}

/** The samples of an eval folder, or simply all images of a folder. */
async function readPages(folder: string): Promise<readonly Page[]> {
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
async function scoreAnswers(scoring: Scoring, command: QualityCommand, session: Session): Promise<QualityResult> {
  const { report } = scoring;
  const counts = new Map<string, readonly EditCounts[]>();
  for (const { name, directory } of [report.reference, ...report.candidates]) {
    counts.set(name, await answerSamples({ ...scoring, name, directory }, command, session));
  }
  return addTexts(report, counts);
}

async function answerSamples(
  { folder, samples, name, directory }: Scoring & { readonly name: string; readonly directory: string },
  { maxTokens, maxTiles, threads }: QualityCommand,
  { engine, signal, status }: Session,
): Promise<readonly EditCounts[]> {
  const model = await engine.loadModel(directory, { ...given({ threads }), maxConcurrent: 1, signal });
  try {
    const counts: EditCounts[] = [];
    // One at a time: what runs beside it can change the last bits of an int4 product, and this compares precisions, not schedules.
    for (const { file, question = readQuestion, answer } of samples) {
      status.show({ label: `${name}: answering ${file}`, fraction: counts.length / samples.length });
      const { text } = await model.generate({
        prompt: question,
        images: [join(folder, file)],
        maxOutputTokens: maxTokens ?? (question === readQuestion ? maxOutputTokens.read : maxOutputTokens.ask),
        ...given({ maxTiles }),
        signal,
      });
      counts.push(countEdits(text, answer));
    }
    return counts;
  } finally {
    await model.dispose();
  }
}

function createReporter({ status }: Session): (progress: QualityProgress) => void {
  const reportLoad = createLoadReporter(status);
  return (progress) => {
    if (progress.type !== 'page') return reportLoad(progress);
    const { precision, done, total } = progress;
    if (done === 0) status.logPhase(`Reading ${total} pages with ${precision}.`);
    status.show({ label: `${precision}: page ${done + 1} of ${total}`, fraction: done / total });
  };
}
