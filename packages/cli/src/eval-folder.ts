import { join } from 'node:path';
import type { GenerationEvent, VisionModel } from '@h2ovl/core';
import { maxOutputTokens, parallelAnswers, readQuestion } from './answer-defaults.ts';
import { answerInOrder } from './answer-in-order.ts';
import type { EvalCommand } from './commands.ts';
import { describeFailure } from './describe-failure.ts';
import { buildReport, formatReport, type SampleOutcome, type ScoredSample, scoreSample } from './eval-report.ts';
import { given } from './given.ts';
import { createAnswerLabels } from './progress-labels.ts';
import { readSamples, type Sample } from './read-samples.ts';
import type { Session } from './session.ts';
import { withModel } from './with-model.ts';

/** `eval`: answers every sample of a folder and prints how far the texts are from what they should be. Exit code 1 when a sample failed. */
export async function evalFolder(command: EvalCommand, session: Session): Promise<number> {
  const samples = (await readSamples(command.folder)).slice(0, command.limit);
  return await withModel(command, session, async (model) => {
    const scored = await scoreSamples(samples, { command, model, session });
    const report = buildReport(model.id, scored);
    await session.output.write(command.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report));
    return scored.some(({ finishReason }) => finishReason === 'error') ? 1 : 0;
  });
}

interface EvalContext {
  readonly command: EvalCommand;
  readonly model: VisionModel;
  readonly session: Session;
}

async function scoreSamples(samples: readonly Sample[], context: EvalContext): Promise<readonly ScoredSample[]> {
  const { signal, status } = context.session;
  const scored: ScoredSample[] = [];
  const start = (sample: Sample, stop: AbortSignal): AsyncIterable<GenerationEvent> => answerSample(sample, context, stop);
  try {
    for await (const { item, job } of answerInOrder(samples, start, { signal, limit: parallelAnswers })) {
      const labels = createAnswerLabels(`[${scored.length + 1}/${samples.length}] ${item.file}`);
      for await (const update of job.updates()) if (update.type === 'progress') status.show(labels(update));
      const outcome = await job.result.catch((error: unknown): SampleOutcome => {
        signal.throwIfAborted(); // all answers fail then, and none of them by itself
        status.fail(error, item.file);
        return { error: describeFailure(error) };
      });
      scored.push(scoreSample(item, outcome));
    }
  } finally {
    status.clear();
  }
  return scored;
}

function answerSample({ file, question }: Sample, { command, model }: EvalContext, signal: AbortSignal): AsyncIterable<GenerationEvent> {
  return model.stream({
    prompt: question ?? readQuestion,
    images: [join(command.folder, file)],
    maxOutputTokens:
      command.maxTokens ?? (question === undefined || question === readQuestion ? maxOutputTokens.read : maxOutputTokens.ask),
    ...given({ maxTiles: command.maxTiles }),
    signal,
  });
}
