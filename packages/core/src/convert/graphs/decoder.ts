import type { LinearFormat } from '../../model-files/manifest.ts';
import { graphValues } from '../../model-files/manifest.ts';
import type { ModelConfig } from '../../model-files/model-config.ts';
import { bytesOf, chunksOf } from '../../tensor/bytes.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { type GraphContext, normOptions, vector } from './graph-context.ts';
import { linear } from './linear.ts';
import { rotaryTables } from './rotary-tables.ts';

/**
 * The language model, Llama or Mistral without sliding window. One graph for prefill and decode: batch B, new tokens S, positions P whose
 * logits are wanted, and cache length M are symbolic.
 *
 *   inputs_embeds [B, S, H] ─▶ layer x N ─▶ wanted positions ─▶ norm ─▶ head ─▶ logits [B, P, V]
 *        past_key/value.l [B, KV, M, D] ─┘└─▶ present_key/value.l
 */
export async function buildDecoder(context: GraphContext, config: ModelConfig, headFormat: LinearFormat): Promise<void> {
  const { language } = config;
  const { builder, weights } = context;
  builder.input(graphValues.embeddings, 'float32', ['B', 'S', language.hiddenSize]);
  builder.input(graphValues.lengths, 'int32', ['B']);
  builder.input(graphValues.totalLength, 'int32', []);
  builder.input(graphValues.logitPositions, 'int32', ['P']);
  const cache = ['B', language.keyValueHeads, 'M', language.headSize] as const;
  for (let layer = 0; layer < language.layers; layer += 1) {
    builder.input(graphValues.pastKey(layer), 'float32', cache);
    builder.input(graphValues.pastValue(layer), 'float32', cache);
  }
  const rotary = await addRotaryTables(context, config);
  let state: LayerState = { residual: graphValues.embeddings, branch: undefined };
  const caches: AttentionValues[] = [];
  for (let layer = 0; layer < language.layers; layer += 1) {
    state = await buildLayer(context, { config, layer, rotary, caches }, state);
  }
  const normed = await addAndNorm(context, { address: 'final/norm', norm: 'language_model.model.norm', epsilon: language.epsilon }, state);
  const tensor = language.tiedHead ? 'language_model.model.embed_tokens.weight' : 'language_model.lm_head.weight';
  const headContext = { ...context, format: headFormat };
  const logits = await linear(headContext, { address: 'head', input: normed.value, weight: weights.matrix({ tensor }) });
  builder.output(graphValues.logits, 'float32', ['B', 'P', language.vocabularySize], logits);
  for (const [layer, { key, value }] of caches.entries()) {
    builder.output(graphValues.presentKey(layer), 'float32', cache, key);
    builder.output(graphValues.presentValue(layer), 'float32', cache, value);
  }
}

/** What attention makes: [B, S, heads D], and the cache with the new positions in it. */
interface AttentionValues {
  readonly output: string;
  readonly key: string;
  readonly value: string;
}

interface AttentionInput {
  readonly address: string;
  readonly layer: number;
  /** [B, S, (heads + 2 KV) D] */
  readonly packed: string;
  /** Cosine and sine tables, [positions, D / 2]. */
  readonly rotary: readonly [cos: string, sin: string];
  readonly config: ModelConfig;
}

interface LayerState {
  readonly residual: string;
  /** Output of the last branch, which the next norm adds in the same kernel. */
  readonly branch: string | undefined;
}

interface LayerPlace {
  readonly config: ModelConfig;
  readonly layer: number;
  readonly rotary: readonly [cos: string, sin: string];
  /** Receives the cache values of each layer, in order. */
  readonly caches: AttentionValues[];
}

/**
 *   residual + branch ─▶ norm ─▶ attention ─▶ o ─┐
 *        └───────────────────────────────────────▶ + ─▶ norm ─▶ gate_up ─▶ silu(gate) * up ─▶ down ─▶ next layer
 *
 * In the last layer everything after attention works on the positions whose logits are wanted only: nothing else reads the others.
 */
async function buildLayer(context: GraphContext, place: LayerPlace, before: LayerState): Promise<LayerState> {
  const { builder, weights } = context;
  const { config, layer } = place;
  const { epsilon, layers } = config.language;
  const tensor = (name: string): string => `language_model.model.layers.${layer}.${name}`;
  const address = `layers.${layer}`;
  const first = await addAndNorm(context, { address: `${address}/input_norm`, norm: tensor('input_layernorm'), epsilon }, before);
  const attended = await buildAttention(context, place, first.value);
  const isLast = layer === layers - 1;
  const wantedOf = (name: string, value: string): string =>
    isLast
      ? builder.node(`${address}/${name}`, 'Gather', [value, graphValues.logitPositions], { attributes: { axis: { int: 1 } } })
      : value;
  const output = await linear(context, {
    address: `${address}/attn/o_proj`,
    input: wantedOf('attn/wanted', attended),
    weight: weights.matrix({ tensor: tensor('self_attn.o_proj.weight') }),
  });
  const middle: LayerState = { residual: wantedOf('residual/wanted', first.residual), branch: output };
  const second = await addAndNorm(context, { address: `${address}/post_norm`, norm: tensor('post_attention_layernorm'), epsilon }, middle);
  const down = await buildMlp(context, config, { address: `${address}/mlp`, tensor: tensor('mlp'), input: second.value });
  return { residual: second.residual, branch: down };
}

interface Norm {
  readonly address: string;
  /** The tensor is `<norm>.weight`. */
  readonly norm: string;
  readonly epsilon: number;
}

async function addAndNorm(
  context: GraphContext,
  { address, norm, epsilon }: Norm,
  { residual, branch }: LayerState,
): Promise<{ value: string; residual: string }> {
  const { builder } = context;
  const gamma = await vector(context, `${norm}.weight`);
  const attributes = normOptions(epsilon);
  if (branch === undefined)
    return { value: builder.node(address, 'SimplifiedLayerNormalization', [residual, gamma], { attributes }), residual };
  const [value, , , sum] = builder.nodes(address, 'SkipSimplifiedLayerNormalization', [residual, branch, gamma], {
    domain: 'com.microsoft',
    attributes,
    outputs: [true, false, false, true], // the fourth is residual + branch
  });
  return { value: value as string, residual: sum as string };
}

async function buildAttention(context: GraphContext, { config, layer, rotary, caches }: LayerPlace, input: string): Promise<string> {
  const { builder, weights } = context;
  const address = `layers.${layer}/attn`;
  const tensor = (name: string): string => `language_model.model.layers.${layer}.self_attn.${name}.weight`;
  const weight = weights.matrix({ tensor: tensor('q_proj') }, { tensor: tensor('k_proj') }, { tensor: tensor('v_proj') });
  const packed = await linear(context, { address: `${address}/qkv_proj`, input, weight });
  const values = causalAttention(builder, { address, layer, packed, rotary, config });
  caches.push(values);
  return values.output;
}

/**
 *   input ─▶ qkv [B, S, (heads + 2 KV) D] ─▶ GroupQueryAttention ─▶ [B, S, heads D]
 *                 past key, value ────────────┘   └─▶ present key, value (the same memory when bound so)
 * Key and value outputs must always be there: without them the kernel returns garbage.
 */
function causalAttention(builder: GraphBuilder, { address, layer, packed, rotary, config }: AttentionInput): AttentionValues {
  const inputs = [
    packed,
    '',
    '',
    graphValues.pastKey(layer),
    graphValues.pastValue(layer),
    graphValues.lengths,
    graphValues.totalLength,
    ...rotary,
  ];
  const [output, key, value] = builder.nodes(address, 'GroupQueryAttention', inputs, {
    domain: 'com.microsoft',
    attributes: {
      num_heads: { int: config.language.heads },
      kv_num_heads: { int: config.language.keyValueHeads },
      do_rotary: { int: 1 },
      rotary_interleaved: { int: 0 }, // halves, not neighbours: the order of Hugging Face weights
    },
    outputs: [true, true, true],
  }) as [string, string, string];
  return { output, key, value };
}

/**
 *   input ─▶ gate_up ─▶ split ─▶ gate ─▶ silu ─▶ x ─▶ down
 *                            └─▶ up ────────────┘
 */
async function buildMlp(
  context: GraphContext,
  config: ModelConfig,
  part: { address: string; tensor: string; input: string },
): Promise<string> {
  const { builder, weights } = context;
  const { address, tensor, input } = part;
  const size = config.language.intermediateSize;
  const weight = weights.matrix({ tensor: `${tensor}.gate_proj.weight` }, { tensor: `${tensor}.up_proj.weight` });
  const both = await linear(context, { address: `${address}/gate_up_proj`, input, weight });
  const [gate, up] = builder.nodes(address, 'Split', [both, builder.constant('int64', [size, size])], {
    attributes: { axis: { int: -1 } },
    outputs: [true, true],
  }) as [string, string];
  // With alpha 1 QuickGelu is x * sigmoid(x): SiLU in one kernel.
  const activated = builder.node(address, 'QuickGelu', [gate], { domain: 'com.microsoft', attributes: { alpha: { float: 1 } } });
  const product = builder.node(address, 'Mul', [activated, up]);
  return linear(context, {
    address: `${address}/down_proj`,
    input: product,
    weight: weights.matrix({ tensor: `${tensor}.down_proj.weight` }),
  });
}

async function addRotaryTables({ builder }: GraphContext, { language }: ModelConfig): Promise<readonly [cos: string, sin: string]> {
  const { contextLength, headSize, ropeTheta } = language;
  const { cos, sin } = rotaryTables(contextLength, headSize, ropeTheta);
  const dims = [contextLength, headSize / 2];
  return [
    await builder.weight('rotary.cos', 'float32', dims, chunksOf(bytesOf(cos))),
    await builder.weight('rotary.sin', 'float32', dims, chunksOf(bytesOf(sin))),
  ];
}
