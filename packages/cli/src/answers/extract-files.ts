import { extractRequest, jsonSchema, type OutputSchema } from '@h2ovl/contract';
import type { GenerateResult, GenerationEvent, ImageInput, VisionModel } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import type { RunFlags } from '../flags/run-flags.ts';
import { createAnswerLabels } from '../terminal/progress-labels.ts';
import { withModel } from '../with-model.ts';
import { answerInOrder } from './answer-in-order.ts';
import { answerOptions, parallelAnswers, withSystem } from './answer-request.ts';
import { type ExtractForm, ExtractWriter } from './extract-writer.ts';
import { type NamedInput, openInputs } from './open-inputs.ts';
import { limitTime } from './time-limit.ts';

/** What `extract` is told. */
export interface ExtractRequest extends RunFlags {
  readonly files: readonly string[];
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly output: ExtractForm;
}

/** `extract`: one object for each file, in their order. Exit code 1 when one of them failed. */
export async function extractFiles(request: ExtractRequest, context: CommandContext): Promise<number> {
  const inputs = await openInputs(request.files, context.world, { signal: context.signal, allowUrls: request.urlHosts !== undefined });
  const writer = new ExtractWriter({
    output: context.output,
    status: context.status,
    h2ovl: context.world.h2ovl,
    form: request.output,
    isDetailed: request.json,
    isSingle: inputs.length === 1,
  });
  if (inputs.every(({ error }) => error !== undefined)) {
    for (const { file, error } of inputs) await writer.writeFailure(file, error); // no model is opened for nothing
  } else {
    await withModel(request, context, (model) => extractAll(inputs, request, model, writer, context));
  }
  await writer.end();
  return writer.hasFailed ? 1 : 0;
}

async function extractAll(
  inputs: readonly NamedInput[],
  request: ExtractRequest,
  model: VisionModel,
  writer: ExtractWriter,
  { signal, status }: CommandContext,
): Promise<void> {
  const schema = jsonSchema(request.schema);
  const start = (input: NamedInput, stop: AbortSignal): AsyncIterable<GenerationEvent> =>
    extractOne(input, { schema, request, model, signal: stop });
  let position = 0;
  try {
    for await (const { item, job } of answerInOrder(inputs, start, { signal, limit: request.concurrency ?? parallelAnswers })) {
      position += 1;
      const labels = createAnswerLabels(`${inputs.length > 1 ? `[${position}/${inputs.length}] ` : ''}${item.file}`);
      for await (const update of job.updates()) if (update.type === 'progress') status.show(labels(update));
      status.clear();
      const outcome = await job.result.then(
        (result) => ({ result: result as GenerateResult<unknown>, error: undefined }),
        (error: unknown) => ({ result: undefined, error }),
      );
      signal.throwIfAborted(); // all fail then, and none of them by itself
      if (outcome.result === undefined) await writer.writeFailure(item.file, outcome.error);
      else await writer.writeObject(item.file, outcome.result);
    }
  } finally {
    status.clear();
  }
}

interface ExtractContext {
  readonly schema: OutputSchema;
  readonly request: ExtractRequest;
  readonly model: VisionModel;
  readonly signal: AbortSignal;
}

async function* extractOne(
  { image, error }: NamedInput,
  { schema, request, model, signal }: ExtractContext,
): AsyncGenerator<GenerationEvent, void> {
  if (error !== undefined) throw error;
  const images: readonly ImageInput[] = image === undefined ? [] : [image];
  yield* limitTime(request.timeout, signal, (limited) => {
    const asked = extractRequest<unknown>({ images, schema, ...answerOptions(request), signal: limited });
    return model.stream(withSystem(asked, request.system)) as AsyncIterable<GenerationEvent>; // its object is looked at as unknown
  });
}
