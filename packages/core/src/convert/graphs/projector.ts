import type { ModelConfig } from '../../model-files/model-config.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { addBiasAndGelu, type GraphContext, normOptions, vector } from './graph-context.ts';
import { linear } from './linear.ts';
import { smoothingOf } from './tower-work.ts';

/**
 * Pixel shuffle v2: each square of r x r neighbouring patches becomes one token, its patches row by row one after the other.
 *
 *   [1, P, C] ─▶ [g/r, r, g/r, r*C] ─▶ swap the middle axes ─▶ [T, r*r*C]      g = patches on a side, T = (g/r)^2
 *
 * Several tiles (`many`) stay apart in the first axis: the squares of one follow those of the other.
 */
export function buildPixelShuffle(builder: GraphBuilder, input: string, { vision, image }: ModelConfig, many = false): string {
  const side = vision.imageSizePx / vision.patchSizePx / image.shuffle;
  const { shuffle } = image;
  const address = 'vision/shuffle';
  const grid = builder.constant('int64', [many ? -1 : side, shuffle, side, shuffle * vision.hiddenSize]);
  const split = builder.node(`${address}/split`, 'Reshape', [input, grid]);
  const swapped = builder.node(address, 'Transpose', [split], { attributes: { perm: { ints: [0, 2, 1, 3] } } });
  const width = shuffle * shuffle * vision.hiddenSize;
  const flat = builder.constant('int64', many ? [-1, side * side, width] : [side * side, width]);
  return builder.node(`${address}/join`, 'Reshape', [swapped, flat]);
}

/**
 *   [T, r*r*C] ─▶ norm ─▶ linear + bias ─▶ gelu ─▶ linear + bias ─▶ [T, H]
 */
export async function buildProjector(context: GraphContext, input: string, { projector, image }: ModelConfig): Promise<string> {
  const { builder, weights } = context;
  const address = 'projector';
  const tokens = [image.tokensPerTile];
  const matrices = { fc1: `${address}/fc1`, fc2: `${address}/fc2` };
  const smoothing = smoothingOf(context.tower, matrices.fc1, projector.inputSize);
  const scale = smoothing?.input;
  const norm = [await vector(context, 'mlp1.0.weight', { scale }), await vector(context, 'mlp1.0.bias', { scale })];
  const normed = builder.node(`${address}/norm`, 'LayerNormalization', [input, ...norm], { attributes: normOptions(projector.epsilon) });
  const weight1 = weights.matrix({ tensor: 'mlp1.1.weight' });
  const hidden = await linear(context, {
    address: matrices.fc1,
    input: normed,
    tokens,
    weight: weight1,
    columnScale: smoothing?.columns,
    matrix: matrices.fc1,
  });
  const activated = await addBiasAndGelu(context, address, hidden, 'mlp1.1.bias');
  const weight2 = weights.matrix({ tensor: 'mlp1.3.weight' });
  const output = await linear(context, { address: matrices.fc2, input: activated, tokens, weight: weight2, matrix: matrices.fc2 });
  return builder.node(`${address}/bias`, 'Add', [output, await vector(context, 'mlp1.3.bias')]);
}
