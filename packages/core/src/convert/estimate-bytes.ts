import type { LinearFormat } from '../model-files/manifest.ts';
import type { ModelConfig } from '../model-files/model-config.ts';
import type { ConversionPlan, PartFormats } from './quantize/plan.ts';

/** Bytes a weight takes, its share of scales and zero points included. */
const bytesPerWeight: Readonly<Record<LinearFormat, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1.14, // a float32 scale per output, or per 32 weights on a GPU
  int4: 0.65, // a float32 scale and half a byte of zero point per 32 weights
};

/** About how large a converted model will be, from its shapes alone; a little more rather than less. */
export function estimateBytes(config: ModelConfig, shapes: ReadonlyMap<string, readonly number[]>, formats: ConversionPlan): number {
  const { contextLength, headSize } = config.language;
  let total = contextLength * headSize * 4; // cosine and sine, half the head size each
  for (const [name, shape] of shapes) {
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (name.endsWith('embed_tokens.weight')) {
      total += count * 4 * (formats.form.device === 'cpu' ? 1 : 2); // the table, in at most four bytes an element; on a GPU the graph has one too
      if (config.language.tiedHead) total += count * bytesPerWeight[formats.head];
    } else if (shape.length === 1) total += count * 4;
    else total += count * bytesPerWeight[formatOf(name, formats)];
  }
  return Math.ceil(total);
}

/** Bytes a weight takes at least: scales and zero points come to it. */
const leastBytesPerWeight: Readonly<Record<LinearFormat, number>> = { ...bytesPerWeight, int8: 1, int4: 0.5 };

/** The least that the weights of each graph will take. */
export function leastGraphBytes(
  config: ModelConfig,
  shapes: ReadonlyMap<string, readonly number[]>,
  formats: ConversionPlan,
): { readonly vision: number; readonly decoder: number } {
  let [vision, decoder] = [0, 0];
  for (const [name, shape] of shapes) {
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (name.endsWith('embed_tokens.weight')) {
      if (config.language.tiedHead) decoder += count * leastBytesPerWeight[formats.head]; // the table itself is a file of its own
    } else if (shape.length > 1) {
      const bytes = count * leastBytesPerWeight[formatOf(name, formats)];
      if (name.startsWith('language_model.')) decoder += bytes;
      else vision += bytes;
    }
  }
  return { vision: Math.floor(vision), decoder: Math.floor(decoder) };
}

function formatOf(name: string, formats: PartFormats): LinearFormat {
  if (name.endsWith('lm_head.weight')) return formats.head;
  return name.startsWith('language_model.') ? formats.language : formats.vision;
}
