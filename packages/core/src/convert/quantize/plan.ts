import { checkOptions, type OptionNames, VisionError } from '@h2ovl/contract';
import { cpuForm, type LinearFormat, type ModelForm, visionFormOf } from '../../model-files/manifest.ts';
import type { ModelConfig } from '../../model-files/model-config.ts';
import type { MeasuredVisionPlan } from '../../model-files/vision-plan.ts';
import type { SourceDType } from '../safetensors/read-header.ts';

/** How each part of a model is stored. */
export interface PartFormats {
  readonly vision: LinearFormat;
  readonly language: LinearFormat;
  readonly head: LinearFormat;
}

export type PrecisionName = 'exact' | 'balanced' | 'fast';

const precisionNames: readonly string[] = ['exact', 'balanced', 'fast'] satisfies readonly PrecisionName[];
const formatNames: Readonly<Record<LinearFormat, true>> = { float32: true, float16: true, bfloat16: true, int8: true, int4: true };
const partNames: OptionNames<PartFormats> = { vision: true, language: true, head: true };

/** The fastest that costs nothing measurable; docs/decisions/0003-precision.md. */
export const defaultPrecision: PrecisionName = 'balanced';

/** A named precision, or the formats of one's own choice. */
export type Precision = PrecisionName | PartFormats;

/** @throws VisionError INVALID_ARGUMENT for a precision that does not exist; it would end in the name of a folder */
export function checkPrecision(precision: Precision): void {
  if (typeof precision === 'string') {
    if (precisionNames.includes(precision)) return;
    throw invalidPrecision(`precision is ${JSON.stringify(precision)}; it must be one of ${precisionNames.join(', ')}.`);
  }
  if (typeof precision !== 'object' || precision === null) throw invalidPrecision(`precision is ${String(precision)}.`);
  checkOptions(precision, partNames, 'precision');
  for (const part of ['vision', 'language', 'head'] as const) {
    if (Object.hasOwn(formatNames, precision[part])) continue;
    throw invalidPrecision(`precision.${part} is ${String(precision[part])}; it must be one of ${Object.keys(formatNames).join(', ')}.`);
  }
}

/** What 8-bit weights may reach where nobody says it: what a measured plan is for, else what every processor bears. */
export const defaultInt8Limit = (visionPlan: MeasuredVisionPlan | null | undefined): 64 | 127 => visionPlan?.measuredOn?.int8Limit ?? 64;

function invalidPrecision(message: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', message, { param: 'precision', hint: 'Leave it out for the default.' });
}

/** What a conversion will do. */
export interface ConversionPlan extends PartFormats {
  readonly name: PrecisionName | 'custom';
  /** Largest magnitude of int8 weights; null when there are none. */
  readonly int8Limit: 64 | 127 | null;
  readonly form: ModelForm;
  /** How the matrices of the vision part compute; undefined: all as `vision` says. */
  readonly visionPlan?: MeasuredVisionPlan | undefined;
}

const unrounded: Readonly<Record<SourceDType, LinearFormat>> = { BF16: 'bfloat16', F16: 'float16', F32: 'float32' };

/**
 * Turns a precision into formats. Vision is float32 in all of them, but where a plan was measured for `balanced`: 8-bit vision weights cost real
 * checkpoints a tenth of the feature cosine, and 16-bit storage, which gives the same numbers, leaves a third more memory behind at load (0.8B: 1.9 GB against 1.2).
 * - `exact`: every weight as the checkpoint stores it, all arithmetic in float32.
 * - `balanced`: language and head int8 (logits cosine 0.999 on the 2B, and the fastest in prefill and batches).
 * - `fast`: as `balanced`, but int4 for Llama-type language parts (the 0.8B transcribes the same with it, and single answers come half
 *   again as fast); Mistral-type ones (the 2B) keep int8, since int4 makes that model write fluent but wrong text. The head stays int8:
 *   its error goes straight into the choice of the token.
 * On a GPU what is not in 8 or 4 bits is stored in the type its graphs compute in.
 */
export function planConversion(
  precision: Precision,
  source: { readonly config: ModelConfig; readonly dtype: SourceDType },
  int8Limit: 64 | 127,
  form: ModelForm = cpuForm,
  visionPlan?: MeasuredVisionPlan,
): ConversionPlan {
  const exact = form.device === 'cpu' ? unrounded[source.dtype] : form.values;
  const visionForm = visionFormOf(form);
  const vision = visionForm.device === 'cpu' ? 'float32' : visionForm.values;
  const formats = typeof precision === 'string' ? namedFormats(precision, { exact, vision, config: source.config }) : precision;
  const usesInt8 = form.device === 'cpu' && [formats.vision, formats.language, formats.head].includes('int8');
  const plan: ConversionPlan = {
    name: typeof precision === 'string' ? precision : 'custom',
    ...formats,
    int8Limit: usesInt8 ? int8Limit : null,
    form,
  };
  if (visionPlan === undefined) return plan;
  if (precision !== 'balanced' || form.device !== 'cpu' || visionForm.device !== 'cpu') {
    throw new VisionError('INVALID_ARGUMENT', 'visionPlan is for the precision balanced on a CPU.', {
      param: 'visionPlan',
      hint: 'Leave it out.',
    });
  }
  // Callers may bring a plan that they kept since before plans said what they are for; `writeModel` refuses it.
  const measured = visionPlan.measuredOn?.int8Limit ?? int8Limit;
  if (visionPlan.plan !== null && measured !== int8Limit) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `visionPlan was measured with 8-bit weights up to ${measured}, and int8Limit is ${int8Limit}.`,
      {
        param: 'visionPlan',
        hint: `Pass int8Limit: ${measured}, or a plan that was measured with int8Limit: ${int8Limit}.`,
      },
    );
  }
  return { ...plan, vision: visionPlan.plan === null ? 'float32' : 'int8', visionPlan };
}

function namedFormats(
  name: PrecisionName,
  { exact, vision, config }: { readonly exact: LinearFormat; readonly vision: LinearFormat; readonly config: ModelConfig },
): PartFormats {
  switch (name) {
    case 'exact':
      return { vision, language: exact, head: exact };
    case 'balanced':
      return { vision, language: 'int8', head: 'int8' };
    case 'fast':
      return { vision, language: config.architecture.endsWith('/llama') ? 'int4' : 'int8', head: 'int8' };
  }
}
