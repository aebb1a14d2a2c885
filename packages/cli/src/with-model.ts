import type { VisionModel } from '@h2ovl/core';
import { parallelAnswers } from './answers/answer-request.ts';
import type { CommandContext } from './command-context.ts';
import type { AnswerFlags } from './flags/answer-flags.ts';
import type { ModelFlags } from './flags/model-flags.ts';
import type { UrlFlags } from './flags/url-flags.ts';
import { given } from './given.ts';
import { createLoadReporter } from './terminal/progress-labels.ts';

const defaultModelNotice = (h2ovl: string): string =>
  `No model was chosen, so nano answers: a small model that reads clean printed pages and little else. Get the real one with: ${h2ovl} pull 0.8b, then pass --model 0.8b (or set H2OVL_MODEL).`;

/** Flags that a model is opened with. */
type OpenFlags = ModelFlags & Partial<UrlFlags> & Partial<Pick<AnswerFlags, 'concurrency' | 'maxCache'>>;

/** Opens the chosen model, with progress, lends it out, and frees it whatever happens. */
export async function withModel<T>(flags: OpenFlags, context: CommandContext, use: (model: VisionModel) => Promise<T>): Promise<T> {
  const model = await openModel(flags, context);
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

/** Opens the chosen model, with progress. Whoever calls this disposes of it. */
export async function openModel(flags: OpenFlags, context: CommandContext): Promise<VisionModel> {
  const { library, status, signal } = context;
  if (flags.isDefaultModel) status.notify(defaultModelNotice(context.world.h2ovl));
  const model = await library.loadModel(flags.model, {
    ...given({ precision: flags.precision, threads: flags.threads, device: flags.device, maxCacheBytes: flags.maxCache }),
    maxConcurrent: flags.concurrency ?? parallelAnswers,
    ...(flags.urlHosts && { allowRemoteImages: { privateHosts: flags.urlHosts } }),
    onProgress: createLoadReporter(status),
    signal,
  });
  status.clear();
  return model;
}
