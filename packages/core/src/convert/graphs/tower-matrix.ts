import type { MatrixForm } from '../../model-files/vision-plan.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { int8Linear, int8Product, int8Weights } from './int8-linear.ts';
import { floatLinear, type LinearContext, type LinearLayer } from './linear-layer.ts';
import { type TowerWork, towerOutputs } from './tower-work.ts';

/** A matrix of the tower; `matrix` is its address in plans. Returns the name of its output. */
export async function towerLinear(context: LinearContext, layer: LinearLayer, matrix: string, tower: TowerWork): Promise<string> {
  if (tower.type === 'compute') {
    const form = tower.plan.matrices[matrix] ?? { type: 'float32' };
    return form.type === 'float32' ? floatLinear(context, layer) : int8Linear(context, layer, form);
  }
  const output = await floatLinear(context, layer);
  if (tower.type === 'observe') observeInput(context.builder, layer, matrix);
  else await tryForms(context, layer, output, tower.candidates[matrix] ?? []);
  return output;
}

/** Layers that read the same value share the observation: it belongs to the matrix of which they are parts. */
function observeInput(builder: GraphBuilder, { input, weight }: LinearLayer, matrix: string): void {
  builder.shared(`largest of ${input}`, () => {
    const address = `${matrix}/observed`;
    const rows = builder.node(address, 'Reshape', [input, builder.constant('int64', [-1, weight.columns])]);
    const magnitudes = builder.node(address, 'Abs', [rows]);
    const largest = builder.node(address, 'ReduceMax', [magnitudes, builder.constant('int64', [0])], {
      attributes: { keepdims: { int: 0 } },
    });
    builder.output(towerOutputs.largest(matrix), 'float32', [weight.columns], largest);
    return largest;
  });
}

/**
 *   float32 output ─┬─▶ each token's sum of squares ──────┐
 *   form's output ──┴─▶ - ─▶ each token's sum of squares ─▶ ÷ ─▶ mean
 * Every token counts once: one large token would hide what the others lose.
 */
async function tryForms(context: LinearContext, layer: LinearLayer, output: string, candidates: readonly MatrixForm[]): Promise<void> {
  const { builder } = context;
  const { address, input, tokens } = layer;
  const squares = (at: string, value: string): string =>
    builder.node(at, 'ReduceSumSquare', [value, builder.constant('int64', [-1])], { attributes: { keepdims: { int: 0 } } });
  const reference = builder.node(`${address}/reference`, 'Max', [
    squares(`${address}/reference`, output),
    builder.constant('float32', [tinySquare], []),
  ]);
  const made = new Map<string, Awaited<ReturnType<typeof int8Weights>>>();
  for (const [index, form] of candidates.entries()) {
    if (form.type === 'float32') throw new Error('float32 is what the others are compared with.');
    const at = `${address}/candidate.${index}`;
    const key = form.apart.join(',');
    const weights = made.get(key) ?? (await int8Weights(context, { ...layer, address: at }, form.apart));
    made.set(key, weights);
    const tried = await int8Product(builder, { address: at, input, weights, form, tokens });
    const error = squares(`${at}/error`, builder.node(`${at}/error`, 'Sub', [tried, output]));
    const ratio = builder.node(`${at}/error`, 'Div', [error, reference]);
    const mean = builder.node(`${at}/error`, 'ReduceMean', [ratio], { attributes: { keepdims: { int: 0 } } });
    builder.output(towerOutputs.error(address, index), 'float32', [], mean);
  }
}

/** A token whose outputs are all zero has no relative error. */
const tinySquare = 1e-30;
