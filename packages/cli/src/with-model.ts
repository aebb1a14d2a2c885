import type { VisionModel } from '@h2ovl/core';
import { parallelAnswers } from './answers/answer-defaults.ts';
import type { CommandContext } from './command-context.ts';
import type { ModelFlags } from './flags/model-flags.ts';
import { given } from './given.ts';
import { createLoadReporter } from './terminal/progress-labels.ts';

const defaultModelNotice =
  'No model was chosen, so nano answers: a small model that reads clean printed pages and little else. For the real one, download h2oai/h2ovl-mississippi-800m ' +
  'from Hugging Face and pass its folder with --model (or set H2OVL_MODEL).';

/** Opens the chosen model, with progress, lends it out, and frees it whatever happens. */
export async function withModel<T>(flags: ModelFlags, context: CommandContext, use: (model: VisionModel) => Promise<T>): Promise<T> {
  const { library, status, signal } = context;
  if (flags.isDefaultModel) status.notify(defaultModelNotice);
  const model = await library.loadModel(flags.model, {
    ...given({ precision: flags.precision, threads: flags.threads }),
    maxConcurrent: parallelAnswers,
    onProgress: createLoadReporter(status),
    signal,
  });
  status.clear();
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}
