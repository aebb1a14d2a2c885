import type { GraphBuilder } from '@h2ovl/core/internal/convert/onnx/graph-builder';
import type { LanguageConfig } from '@h2ovl/core/internal/model-files/model-config';
import { bytesOf, chunksOf } from '@h2ovl/core/internal/tensor/bytes';
import { RandomBytes } from './random-bytes.ts';
import type { PeerFormat } from './write-onnx-peer.ts';

interface Context {
  readonly builder: GraphBuilder;
  readonly language: LanguageConfig;
  readonly format: PeerFormat;
  readonly random: RandomBytes;
  readonly signal: AbortSignal;
}

/** transformers.js makes the first, empty cache by this name; other names count as 0. */
const batch = 'batch_size';

const microsoft = { domain: 'com.microsoft' } as const;

/**
 * A Llama decoder in the form that exports for transformers.js have: token ids in, grouped attention whose cache goes in and comes out as a new
 * tensor, and the logits of as many last positions as are asked for.
 *
 *   input_ids ─▶ Gather ─▶ layer x N ─▶ last positions ─▶ norm ─▶ head ─▶ logits
 *   attention_mask ─▶ lengths ─┘
 */
export async function buildPeerDecoder(
  builder: GraphBuilder,
  language: LanguageConfig,
  format: PeerFormat,
  rotary: { readonly cos: Float32Array<ArrayBuffer>; readonly sin: Float32Array<ArrayBuffer> },
  signal: AbortSignal,
): Promise<void> {
  const context: Context = { builder, language, format, random: new RandomBytes(1), signal };
  const { hiddenSize, vocabularySize, contextLength, headSize, layers, keyValueHeads } = language;
  builder.input('input_ids', 'int64', [batch, 'sequence_length']);
  builder.input('attention_mask', 'int64', [batch, 'total_sequence_length']);
  builder.input('num_logits_to_keep', 'int64', []);
  for (let layer = 0; layer < layers; layer += 1) {
    for (const side of ['key', 'value'])
      builder.input(`past_key_values.${layer}.${side}`, 'float32', [batch, keyValueHeads, 'past_sequence_length', headSize]);
  }
  const table = new Float32Array(vocabularySize * hiddenSize);
  context.random.fillFloats(table, 1);
  const tableName = await builder.weight('embed', 'float32', [vocabularySize, hiddenSize], chunksOf(bytesOf(table)));
  const rotaryDims = [contextLength, headSize / 2];
  const shared = {
    ...addLengths(builder),
    cos: await builder.weight('cos', 'float32', rotaryDims, chunksOf(bytesOf(rotary.cos))),
    sin: await builder.weight('sin', 'float32', rotaryDims, chunksOf(bytesOf(rotary.sin))),
  };
  let state: State = { residual: builder.node('embed', 'Gather', [tableName, 'input_ids']), branch: undefined };
  const caches: (readonly [string, string])[] = [];
  for (let layer = 0; layer < layers; layer += 1) state = await addLayer(context, layer, { ...shared, caches }, state);
  const normed = await addNorm(context, 'final', state);
  const head = await linear(context, 'head', lastPositions(builder, normed.value), hiddenSize, vocabularySize);
  builder.output('logits', 'float32', [batch, 'kept', vocabularySize], head);
  for (const [layer, [key, value]] of caches.entries()) {
    builder.output(`present.${layer}.key`, 'float32', [batch, keyValueHeads, 'total_sequence_length', headSize], key);
    builder.output(`present.${layer}.value`, 'float32', [batch, keyValueHeads, 'total_sequence_length', headSize], value);
  }
}

interface State {
  readonly residual: string;
  readonly branch: string | undefined;
}

interface Shared {
  readonly lengths: string;
  readonly total: string;
  readonly cos: string;
  readonly sin: string;
  readonly caches: (readonly [string, string])[];
}

/** attention_mask [B, T] ─▶ tokens per row - 1 (int32 [B]), and T (int32) */
function addLengths(builder: GraphBuilder): { readonly lengths: string; readonly total: string } {
  const toInt32 = { attributes: { to: { int: 6 } } };
  const counts = builder.node('lengths', 'ReduceSum', ['attention_mask', builder.constant('int64', [1])], {
    attributes: { keepdims: { int: 0 } },
  });
  const lasts = builder.node('lengths', 'Sub', [counts, builder.constant('int64', [1])]);
  const shape = builder.node('total', 'Shape', ['attention_mask']);
  const width = builder.node('total', 'Gather', [shape, builder.constant('int64', [1], [])]);
  return { lengths: builder.node('lengths', 'Cast', [lasts], toInt32), total: builder.node('total', 'Cast', [width], toInt32) };
}

/** [B, S, H] ─▶ the last `num_logits_to_keep` positions; 0 keeps all */
function lastPositions(builder: GraphBuilder, value: string): string {
  const keep = builder.node('last', 'Reshape', ['num_logits_to_keep', builder.constant('int64', [1])]);
  const begin = builder.node('last', 'Neg', [keep]);
  return builder.node('last', 'Slice', [value, begin, builder.constant('int64', [2_147_483_647]), builder.constant('int64', [1])]);
}

async function addLayer(context: Context, layer: number, shared: Shared, before: State): Promise<State> {
  const { builder, language } = context;
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headSize } = language;
  const address = `layers.${layer}`;
  const first = await addNorm(context, `${address}/input`, before);
  const packed = await linear(context, `${address}/qkv`, first.value, hiddenSize, (heads + 2 * keyValueHeads) * headSize);
  const past = [`past_key_values.${layer}.key`, `past_key_values.${layer}.value`];
  const inputs = [packed, '', '', ...past, shared.lengths, shared.total, shared.cos, shared.sin];
  const [attended, key, value] = builder.nodes(address, 'GroupQueryAttention', inputs, {
    ...microsoft,
    attributes: { num_heads: { int: heads }, kv_num_heads: { int: keyValueHeads }, do_rotary: { int: 1 } },
    outputs: [true, true, true],
  }) as [string, string, string];
  shared.caches.push([key, value]);
  const output = await linear(context, `${address}/o`, attended, heads * headSize, hiddenSize);
  const second = await addNorm(context, `${address}/post`, { residual: first.residual, branch: output });
  const gate = await linear(context, `${address}/gate`, second.value, hiddenSize, intermediateSize);
  const up = await linear(context, `${address}/up`, second.value, hiddenSize, intermediateSize);
  const sigmoid = builder.node(address, 'Sigmoid', [gate]);
  const activated = builder.node(`${address}/silu`, 'Mul', [gate, sigmoid]);
  const product = builder.node(`${address}/gated`, 'Mul', [activated, up]);
  return { residual: second.residual, branch: await linear(context, `${address}/down`, product, intermediateSize, hiddenSize) };
}

async function addNorm(
  { builder, language }: Context,
  address: string,
  { residual, branch }: State,
): Promise<{ value: string; residual: string }> {
  const ones = new Float32Array(language.hiddenSize).fill(1);
  const gamma = await builder.weight(`${address}.norm`, 'float32', [language.hiddenSize], chunksOf(bytesOf(ones)));
  const attributes = { epsilon: { float: language.epsilon } };
  if (branch === undefined)
    return { value: builder.node(address, 'SimplifiedLayerNormalization', [residual, gamma], { attributes }), residual };
  const [value, , , sum] = builder.nodes(address, 'SkipSimplifiedLayerNormalization', [residual, branch, gamma], {
    ...microsoft,
    attributes,
    outputs: [true, false, false, true],
  });
  return { value: value as string, residual: sum as string };
}

/** input [..., columns] ─▶ [..., rows] */
async function linear(context: Context, address: string, input: string, columns: number, rows: number): Promise<string> {
  context.signal.throwIfAborted();
  const { builder, random, format } = context;
  const deviation = 1 / Math.sqrt(columns);
  if (format === 'q4') {
    const blocks = columns / 32;
    const values = new Uint8Array(rows * blocks * 16);
    random.fill(values);
    const scales = new Float32Array(rows * blocks).fill(deviation / 4.6);
    const names = [
      await builder.weight(`${address}.q4`, 'uint8', [rows, blocks, 16], chunksOf(values)),
      await builder.weight(`${address}.scales`, 'float32', [rows * blocks], chunksOf(bytesOf(scales))),
    ];
    // The fast path of this operator: 8-bit activations. Symmetric, so without zero points.
    const attributes = { K: { int: columns }, N: { int: rows }, bits: { int: 4 }, block_size: { int: 32 }, accuracy_level: { int: 4 } };
    return builder.node(address, 'MatMulNBits', [input, ...names], { ...microsoft, attributes });
  }
  const values = new Int8Array(columns * rows);
  random.fill(new Uint8Array(values.buffer));
  return dynamicInt8(
    context,
    address,
    input,
    await builder.weight(`${address}.q8`, 'int8', [columns, rows], chunksOf(bytesOf(values))),
    deviation / 74,
  );
}

/**
 *   input ─▶ DynamicQuantizeLinear ─▶ MatMulInteger ─▶ Cast ─▶ x ─▶ output        what ONNX Runtime's dynamic quantisation writes
 *                 └─▶ scale ─▶ x weight scale ──────────────────┘
 */
function dynamicInt8({ builder }: Context, address: string, input: string, weight: string, weightScale: number): string {
  const quantized = builder.shared(`bytes of ${input}`, () =>
    builder.nodes(`${address}/input`, 'DynamicQuantizeLinear', [input], { outputs: [true, true, true] }).join('\n'),
  );
  const [bytes, scale, zero] = quantized.split('\n') as [string, string, string];
  const product = builder.node(address, 'MatMulInteger', [bytes, weight, zero]);
  const floats = builder.node(address, 'Cast', [product], { attributes: { to: { int: 1 } } });
  const scales = builder.node(`${address}/scales`, 'Mul', [scale, builder.constant('float32', [Math.fround(weightScale)], [])]);
  return builder.node(address, 'Mul', [floats, scales]);
}
