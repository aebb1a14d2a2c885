import { join } from 'node:path';
import type { GenerateResult, VisionModel } from '@h2ovl/core';
import { answerInOrder } from '../answers/answer-in-order.ts';
import type { ReportUpdate } from '../answers/answer-job.ts';
import { answerRequest, parallelAnswers } from '../answers/answer-request.ts';
import { limitTime } from '../answers/time-limit.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../flags/numbers.ts';
import { addRunFlags, type RawRunFlags, type RunFlags, runFlags } from '../flags/run-flags.ts';
import { buildReport, formatReport, type SampleOutcome, type ScoredSample, scoreSample } from '../measure/eval-report.ts';
import { readSamples, type Sample } from '../measure/read-samples.ts';
import { describeFailure } from '../terminal/describe-failure.ts';
import { createAnswerLabels } from '../terminal/progress-labels.ts';
import { withModel } from '../with-model.ts';
import { type CommandModule, invoke } from './command.ts';

interface EvalRequest extends RunFlags {
  readonly folder: string;
  /** Samples to run at most; undefined: all. */
  readonly limit: number | undefined;
}

export const evalCommand: CommandModule = {
  name: 'eval',
  description: 'Measure how well a model reads your own pages.',
  notes: (h2ovl) => `
The folder holds images and index.json: [{ "file", "question", "answer" }]; without a question the page is read.
CER and WER are edits over characters (words) of the answers, of all samples together; both texts are normalised first (NFC, line ends,
outer white space). A sample that cannot be read counts as an empty text.
With --json: { "model", "overall": { "cer", "wer", "exact", "files" }, "files": [{ "file", "question", "answer", "text", "cer", "wer", "exact", "finishReason" }] }

Examples:
  ${h2ovl} eval ./my-pages
  ${h2ovl} eval ./my-pages --limit 10 --json > report.json`,

  define: (command, { env, run }) => {
    addRunFlags(command)
      .argument('<folder>', 'folder with images and index.json')
      .option('--limit <count>', 'run only the first samples', wholeNumber)
      .action((folder: string, flags: RawRunFlags & { readonly limit?: number }) => {
        run(invoke('eval', { folder, limit: flags.limit, ...runFlags(flags, env) }, evalFolder));
      });
  },
};

/** Answers every sample of a folder and prints how far the texts are from what they should be. Exit code 1 when a sample failed. */
async function evalFolder(request: EvalRequest, context: CommandContext): Promise<number> {
  const samples = (await readSamples(request.folder)).slice(0, request.limit);
  return await withModel(request, context, async (model) => {
    const scored = await scoreSamples(samples, { request, model, context });
    const report = buildReport(model.id, scored);
    await context.output.write(request.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report));
    return scored.some(({ finishReason }) => finishReason === 'error') ? 1 : 0;
  });
}

interface Evaluation {
  readonly request: EvalRequest;
  readonly model: VisionModel;
  readonly context: CommandContext;
}

async function scoreSamples(samples: readonly Sample[], evaluation: Evaluation): Promise<readonly ScoredSample[]> {
  const { signal, status } = evaluation.context;
  const scored: ScoredSample[] = [];
  const start = (sample: Sample, report: ReportUpdate, stop: AbortSignal): Promise<GenerateResult> =>
    answerSample(sample, evaluation, report, stop);
  try {
    for await (const { item, job } of answerInOrder(samples, start, { signal, limit: evaluation.request.concurrency ?? parallelAnswers })) {
      const labels = createAnswerLabels(`[${scored.length + 1}/${samples.length}] ${item.file}`);
      for await (const update of job.updates()) if (update.type === 'progress') status.show(labels(update));
      const outcome = await job.result.catch((error: unknown): SampleOutcome => {
        signal.throwIfAborted(); // all answers fail then, and none of them by itself
        status.fail(error, [item.file]);
        return { error: describeFailure(error, evaluation.context.world.h2ovl) };
      });
      scored.push(scoreSample(item, outcome));
    }
  } finally {
    status.clear();
  }
  return scored;
}

async function answerSample(
  { file, question }: Sample,
  { request, model }: Evaluation,
  report: ReportUpdate,
  signal: AbortSignal,
): Promise<GenerateResult> {
  const images = [join(request.folder, file)];
  const events = limitTime(request.timeout, signal, (limited) =>
    model.stream(answerRequest({ images, question, signal: limited }, request)),
  );
  for await (const event of events) {
    if (event.type === 'finish') return event.result;
    if (event.type === 'progress') report(event);
  }
  throw new Error('The model ended without an answer.');
}
