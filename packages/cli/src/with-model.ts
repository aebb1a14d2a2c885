import type { VisionModel } from '@h2ovl/core';
import { parallelAnswers } from './answer-defaults.ts';
import type { ModelFlags } from './commands.ts';
import { given } from './given.ts';
import { createLoadReporter } from './progress-labels.ts';
import type { Session } from './session.ts';

const defaultModelNotice =
  'No model was chosen, so nano answers: a small test model that reads little but its own samples. For the real one, download h2oai/h2ovl-mississippi-800m ' +
  'from Hugging Face and pass its folder with --model (or set H2OVL_MODEL).';

/** Opens the chosen model, with progress, lends it out, and frees it whatever happens. */
export async function withModel<T>(flags: ModelFlags, session: Session, use: (model: VisionModel) => Promise<T>): Promise<T> {
  const { engine, status, signal } = session;
  if (flags.isDefaultModel) status.notify(defaultModelNotice);
  const model = await engine.loadModel(flags.model, {
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
