import { VisionError } from '@h2ovl/contract';
import { type GraphForm, type ModelForm, visionFormOf } from '../model-files/manifest.ts';

/**
 * Graphs for one kind of device do not run well, or at all, on another. `made`: those of a folder that the user converted; `wanted`: what the devices take.
 * @throws VisionError MODEL_UNSUPPORTED
 */
export function checkForm(directory: string, made: ModelForm, wanted: ModelForm): void {
  if (suits(made, wanted) && suits(visionFormOf(made), visionFormOf(wanted))) return;
  throw new VisionError(
    'MODEL_UNSUPPORTED',
    `${directory} was converted for ${describeForms(made)}, and this is ${describeForms(wanted)}.`,
    {
      hint: 'Load the original checkpoint: what a device needs is made from it at the first use.',
    },
  );
}

const suits = (made: GraphForm, wanted: GraphForm): boolean =>
  made.device === wanted.device &&
  (made.values === 'float32' || wanted.values === 'float16') &&
  (made.attention === 'written-out' || wanted.attention === 'fused');

const describeForms = ({ vision, ...language }: ModelForm): string =>
  vision === undefined ? describeForm(language) : `${describeForm(language)} with the vision part on ${describeForm(vision)}`;

const describeForm = ({ device, values, attention }: GraphForm): string =>
  device === 'cpu' ? 'the CPU' : `a GPU that computes in ${values}${attention === 'fused' ? '' : ' with attention written out'}`;
