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

function formatOf(name: string, formats: PartFormats): LinearFormat {
  if (name.endsWith('lm_head.weight')) return formats.head;
  return name.startsWith('language_model.') ? formats.language : formats.vision;
}
