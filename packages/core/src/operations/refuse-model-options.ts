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
 * where none is asked, and a comparison where there is nothing to compare with.
 * @throws VisionError INVALID_ARGUMENT naming the option
 */
export function refuseModelOptions(mode: ReadMode, options: ReadDocumentOptions): void {
  if (mode !== 'lines' && mode !== 'text') return;
  const isModelAsked = mode === 'text' && options.compare === true && options.model !== undefined;
  if (isModelAsked) return;
  if (options.compare === true && mode === 'lines') {
    throw new VisionError('INVALID_ARGUMENT', "compare sets the model beside the text of the file, and the mode 'lines' takes neither.", {
      hint: "Leave compare out, or read with mode: 'auto'.",
      param: 'compare',
    });
  }
  const name = modelOptionNames.find((known) => !asksNothing.includes(options[known]));
  if (name === undefined) return;
  throw new VisionError('INVALID_ARGUMENT', `${name} is for the model, and the mode '${mode}' asks none.`, {
    hint: `Leave ${name} out, or read with mode: 'auto' or 'model'.`,
    param: name,
  });
}
