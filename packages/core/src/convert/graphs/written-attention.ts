import { type GraphForm, graphValues } from '../../model-files/manifest.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { type AttentionInput, type AttentionValues, causalAttention } from './attention.ts';
import type { GraphContext } from './graph-context.ts';

/**
 * Attention as MatMul, Softmax, MatMul, for devices whose fused kernel is wrong over several positions (software Vulkan). That kernel still
 * rotates the new keys and writes them into the cache, which it does rightly; what it computes from them is not used. One row a run.
 *
 *   q ─▶ rotate ─▶ [KV, G, S, D] ─▶ x keys' [KV, 1, D, K] ─▶ x 1/sqrt(D) + mask ─▶ softmax ─▶ x values [KV, 1, K, D] ─▶ [1, S, heads D]
 */
export function writtenAttention(builder: GraphBuilder, input: AttentionInput): AttentionValues {
  const { address, packed: query, rotary, config, form } = input;
  const { heads, keyValueHeads, headSize } = config.language;
  const fused = causalAttention(builder, input);
  const { mask, positions, count } = maskInputs(builder, form);
  const at = (name: string): string => `${address}/${name}`;
  const shape = (...dims: readonly number[]): string => builder.constant('int64', dims);
  const transpose = (name: string, value: string, ...perm: readonly number[]): string =>
    builder.node(at(name), 'Transpose', [value], { attributes: { perm: { ints: perm } } });

  const rotated = builder.node(at('query'), 'RotaryEmbedding', [query, positions, ...rotary], {
    domain: 'com.microsoft',
    attributes: { interleaved: { int: 0 }, num_heads: { int: heads } },
  });
  const grouped = builder.node(at('query'), 'Reshape', [rotated, shape(-1, keyValueHeads, heads / keyValueHeads, headSize)]);
  const queries = transpose('query', grouped, 1, 2, 0, 3);
  const used = (name: string, value: string): string => builder.node(at(name), 'Slice', [value, shape(0), count, shape(2)]);
  const keys = transpose('keys', used('keys', fused.key), 1, 0, 3, 2);
  const values = transpose('values', used('values', fused.value), 1, 0, 2, 3);
  const scale = inForm(builder, form, 'attention/scale', builder.constant('float32', [1 / Math.sqrt(headSize)], []));
  const scores = builder.node(at('scores'), 'Mul', [builder.node(at('scores'), 'MatMul', [queries, keys]), scale]);
  const masked = builder.node(at('scores'), 'Add', [scores, mask]);
  const weights = builder.node(at('scores'), 'Softmax', [masked], { attributes: { axis: { int: -1 } } });
  const mixed = transpose('output', builder.node(at('output'), 'MatMul', [weights, values]), 2, 0, 1, 3);
  const output = builder.node(at('output'), 'Reshape', [mixed, shape(1, -1, heads * headSize)]);
  return { output, key: fused.key, value: fused.value };
}

/**
 * The same for the vision tower, without a mask: every patch sees all of its tile.
 *
 *   q, k, v [T, P, C] + bias ─▶ [T, heads, P, D] ─▶ q x k' / sqrt(D) ─▶ softmax ─▶ x v ─▶ [T, P, C]
 */
export function writtenSelfAttention(
  context: GraphContext,
  part: {
    readonly address: string;
    readonly heads: number;
    readonly size: number;
    readonly projected: readonly string[];
    readonly bias: string;
  },
): string {
  const { builder, form } = context;
  const { address, heads, size, projected, bias } = part;
  const biases = builder.nodes(`${address}/bias`, 'Split', [bias, builder.constant('int64', [size, size, size])], {
    attributes: { axis: { int: 0 } },
    outputs: [true, true, true],
  });
  const apart = builder.constant('int64', [0, 0, heads, size / heads]); // 0 keeps a dimension
  const [query, key, value] = projected.map((input, index) => {
    const name = `${address}/${['q', 'k', 'v'][index]}`;
    const split = builder.node(name, 'Reshape', [builder.node(`${name}/bias`, 'Add', [input, biases[index] as string]), apart]);
    const perm = index === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3];
    return builder.node(name, 'Transpose', [split], { attributes: { perm: { ints: perm } } });
  }) as [string, string, string];
  const scale = inForm(builder, form, 'attention/scale', builder.constant('float32', [1 / Math.sqrt(size / heads)], []));
  const scores = builder.node(`${address}/scores`, 'Mul', [builder.node(`${address}/scores`, 'MatMul', [query, key]), scale]);
  const weights = builder.node(`${address}/scores`, 'Softmax', [scores], { attributes: { axis: { int: -1 } } });
  const mixed = builder.node(`${address}/mixed`, 'MatMul', [weights, value]);
  const rows = builder.node(`${address}/mixed`, 'Transpose', [mixed], { attributes: { perm: { ints: [0, 2, 1, 3] } } });
  return builder.node(`${address}/mixed`, 'Reshape', [rows, builder.constant('int64', [0, 0, size])]);
}

function maskInputs(builder: GraphBuilder, form: GraphForm): { readonly mask: string; readonly positions: string; readonly count: string } {
  return {
    positions: builder.shared('positions', () => builder.input(graphValues.positions, 'int64', ['B', 'S'])),
    count: builder.shared('key count', () => builder.input(graphValues.keyCount, 'int64', [1])),
    mask: inForm(
      builder,
      form,
      'attention/mask',
      builder.shared('mask', () => builder.input(graphValues.attentionMask, 'float32', ['S', 'K'])),
    ),
  };
}

/** A float32 value in the type the graph computes in, cast once for all layers. */
function inForm(builder: GraphBuilder, form: GraphForm, address: string, value: string): string {
  if (form.values === 'float32') return value;
  return builder.shared(address, () => builder.node(address, 'Cast', [value], { attributes: { to: { int: 10 } } }));
}
