import type { AttentionInput, AttentionValues } from '../../src/convert/graphs/decoder.ts';
import type { GraphBuilder } from '../../src/convert/onnx/graph-builder.ts';
import { graphValues } from '../../src/model-files/manifest.ts';

/**
 * Attention without any mask, from standard operators: every position of a run sees every other one. It is not how the models work and
 * is never used to read a page; it reproduces reference numbers that were computed without the causal mask. One row, the whole prompt in one run.
 *
 *   q, k ─▶ rotary ─┐   past[0, P) + k ─▶ repeat ─▶ softmax(q kT / sqrt D) v ─▶ [1, S, heads D]
 *                   └──────┘    └─▶ + past[P + S, M) ─▶ present
 */
export function fullAttention(builder: GraphBuilder, { address, layer, packed, rotary, config }: AttentionInput): AttentionValues {
  const { heads, keyValueHeads, headSize } = config.language;
  const ints = (...values: number[]): string => builder.constant('int64', values);
  const at = (name: string): string => `${address}/${name}`;
  const runLength = builder.shared('run length', () =>
    builder.node('run_length', 'Gather', [builder.node('run_length', 'Shape', [graphValues.embeddings]), ints(1)]),
  );
  const total = builder.shared('total', () =>
    builder.node('total', 'Add', [
      builder.node('total', 'Cast', [graphValues.lengths], { attributes: { to: { int: 7 } } }), // int64
      ints(1),
    ]),
  );
  const past = builder.shared('past', () => builder.node('past', 'Sub', [total, runLength]));
  const [q, k, v] = builder.nodes(
    at('split'),
    'Split',
    [packed, ints(heads * headSize, keyValueHeads * headSize, keyValueHeads * headSize)],
    { attributes: { axis: { int: -1 } }, outputs: [true, true, true] },
  ) as [string, string, string];
  const toHeads = (name: string, value: string, count: number): string =>
    builder.node(at(name), 'Transpose', [builder.node(at(name), 'Reshape', [value, ints(1, -1, count, headSize)])], {
      attributes: { perm: { ints: [0, 2, 1, 3] } },
    });
  const rotate = (name: string, value: string): string =>
    builder.node(at(name), 'RotaryEmbedding', [value, past, ...rotary], { domain: 'com.microsoft' });
  const query = rotate('q', toHeads('q', q, heads));
  const extend = (name: string, cache: string, added: string): { all: string; present: string } => {
    const axis = { attributes: { axis: { int: 2 } } };
    const before = builder.node(at(`${name}/before`), 'Slice', [cache, ints(0), past, ints(2)]);
    const behind = builder.node(at(`${name}/behind`), 'Slice', [cache, total, ints(2 ** 31 - 1), ints(2)]);
    const all = builder.node(at(`${name}/all`), 'Concat', [before, added], axis);
    return { all, present: builder.node(at(`${name}/present`), 'Concat', [all, behind], axis) };
  };
  const keys = extend('key', graphValues.pastKey(layer), rotate('k', toHeads('k', k, keyValueHeads)));
  const values = extend('value', graphValues.pastValue(layer), toHeads('v', v, keyValueHeads));
  const repeat = (name: string, value: string): string => {
    const apart = builder.node(at(`${name}/repeat`), 'Unsqueeze', [value, ints(2)]);
    const expanded = builder.node(at(`${name}/repeat`), 'Expand', [apart, ints(1, 1, heads / keyValueHeads, 1, 1)]);
    return builder.node(at(`${name}/repeat`), 'Reshape', [expanded, ints(1, heads, -1, headSize)]);
  };
  const turned = builder.node(at('scores'), 'Transpose', [repeat('key', keys.all)], { attributes: { perm: { ints: [0, 1, 3, 2] } } });
  const products = builder.node(at('scores'), 'MatMul', [query, turned]);
  const scores = builder.node(at('scores'), 'Mul', [products, builder.constant('float32', [1 / Math.sqrt(headSize)])]);
  const weights = builder.node(at('weights'), 'Softmax', [scores], { attributes: { axis: { int: -1 } } });
  const mixed = builder.node(at('mixed'), 'MatMul', [weights, repeat('value', values.all)]);
  const back = builder.node(at('mixed'), 'Transpose', [mixed], { attributes: { perm: { ints: [0, 2, 1, 3] } } });
  return {
    output: builder.node(at('mixed'), 'Reshape', [back, ints(1, -1, heads * headSize)]),
    key: keys.present,
    value: values.present,
  };
}
