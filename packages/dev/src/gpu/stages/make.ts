import { join } from 'node:path';
import { convertCheckpoint } from '@h2ovl/core/internal/convert/convert-checkpoint';
import { writeSyntheticCheckpoint } from '../../synthetic/synthetic-checkpoint.ts';
import { checkpointOf, convertedOf, precisionOf, type TrialModel, type TrialVariant } from '../sizes.ts';
import { type Stage, timeMs } from './stage.ts';

/** Writes the synthetic checkpoint of a model. */
export const checkpoint: Stage = async ({ places, model }, report) => {
  const { name, config, tokenizer } = model as TrialModel;
  const tokenizerModel = join(places.references, tokenizer);
  const { ms } = await timeMs(() => writeSyntheticCheckpoint({ directory: checkpointOf(places, name), config, seed: 1, tokenizerModel }));
  report('ms', ms);
};

/** Converts it for the device. */
export const convert: Stage = async ({ places, model, variant, form }, report) => {
  const { name } = model as TrialModel;
  const precision = precisionOf(variant as TrialVariant);
  const output = convertedOf(places, name, variant as TrialVariant);
  const made = await convertCheckpoint(checkpointOf(places, name), output, { precision, ...(form && { form }) });
  report('ms', Math.round(made.durationMs));
  report('bytes', made.outputBytes);
  report('errors', made.errors);
};
