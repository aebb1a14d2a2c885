import { type ReadMode, samplingOptionNames, VisionError } from '@h2ovl/contract';
import type { ReadDocumentOptions } from './read-document.ts';

/** What a model is told, and nobody else can heed. The model itself may be given: a program hands on the one it has, whatever it reads. */
export const modelOptionNames: readonly (keyof ReadDocumentOptions)[] = [
  ...(Object.keys(samplingOptionNames) as (keyof typeof samplingOptionNames)[]),
  'instruction',
  'rotate',
  'readBlank',
  'retry',
  'support',
];

/** Values that leave the choice open, or want something left out, hold without a model, too. */
const asksNothing: readonly unknown[] = [undefined, false, 'auto', 'off'];

/**
 * Refuses what a mode of reading cannot heed, since whoever sets an option without effect takes the result for something else: what is for the model
 * where none is asked or given, and a comparison where there is nothing to compare with.
 * @throws VisionError INVALID_ARGUMENT naming the option
 */
export function refuseModelOptions(mode: ReadMode, options: ReadDocumentOptions): void {
  const { compare = false, model } = options;
  if (compare && (mode === 'lines' || model === undefined)) {
    const why = mode === 'lines' ? "the mode 'lines' takes neither" : 'no model was given';
    const instead = mode === 'lines' ? "read with mode: 'auto'" : 'pass a model';
    throw new VisionError('INVALID_ARGUMENT', `compare sets the model beside the text of the file, and ${why}.`, {
      hint: `Leave compare out, or ${instead}.`,
      param: 'compare',
    });
  }
  const isNoneGiven = mode === 'auto' && model === undefined;
  if (compare || !(mode === 'lines' || mode === 'text' || isNoneGiven)) return;
  const name = modelOptionNames.find((known) => !asksNothing.includes(options[known]));
  if (name === undefined) return;
  throw new VisionError(
    'INVALID_ARGUMENT',
    `${name} is for the model, and ${isNoneGiven ? 'none was given' : `the mode '${mode}' asks none`}.`,
    {
      hint: `Leave ${name} out, or ${isNoneGiven ? 'pass a model' : "read with mode: 'auto' or 'model'"}.`,
      param: name,
    },
  );
}
