import type { LinearFormat } from '../../model-files/manifest.ts';
import { graphValues } from '../../model-files/manifest.ts';
import type { ModelConfig } from '../../model-files/model-config.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { type AttentionValues, causalAttention } from './attention.ts';
import { addBestToken, addTokenEmbeddings } from './device-values.ts';
import { floats, type GraphContext, normOptions, toFloat32, vector } from './graph-context.ts';
import { linear } from './linear.ts';
import { rotaryTables } from './rotary-tables.ts';
import { writtenAttention } from './written-attention.ts';

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
  const onDevice = context.form.device === 'webgpu';
  const cache = ['B', language.keyValueHeads, 'M', language.headSize] as const;
  for (let layer = 0; layer < language.layers; layer += 1) {
    builder.input(graphValues.pastKey(layer), context.form.values, cache);
    builder.input(graphValues.pastValue(layer), context.form.values, cache);
  }
  const rotary = await addRotaryTables(context, config);
  const residual = onDevice ? await addTokenEmbeddings(context, config, graphValues.embeddings) : graphValues.embeddings;
  let state: LayerState = { residual, branch: undefined };
  const caches: AttentionValues[] = [];
  for (let layer = 0; layer < language.layers; layer += 1) {
    state = await buildLayer(context, { config, layer, rotary, caches }, state);
  }
  const normed = await addAndNorm(context, { address: 'final/norm', norm: 'language_model.model.norm', epsilon: language.epsilon }, state);
  const tensor = language.tiedHead ? 'language_model.model.embed_tokens.weight' : 'language_model.lm_head.weight';
  const headContext = { ...context, format: headFormat };
  const head = await linear(headContext, { address: 'head', input: normed.value, weight: weights.matrix({ tensor }) });
  const logits = toFloat32(context, 'head', head);
  if (onDevice) await addBestToken(context, config, logits);
  builder.output(graphValues.logits, 'float32', ['B', 'P', language.vocabularySize], logits);
  for (const [layer, { key, value }] of caches.entries()) {
    builder.output(graphValues.presentKey(layer), context.form.values, cache, key);
    builder.output(graphValues.presentValue(layer), context.form.values, cache, value);
  }
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
  const projection = (...names: readonly string[]): Promise<string> => {
    const weight = weights.matrix(...names.map((name) => ({ tensor: tensor(name) })));
    return linear(context, { address: `${address}/${names.length === 1 ? names[0] : 'qkv_proj'}`, input, weight });
  };
  const [packed, key, value] =
    context.form.device === 'webgpu'
      ? [await projection('q_proj'), await projection('k_proj'), await projection('v_proj')]
      : [await projection('q_proj', 'k_proj', 'v_proj'), '', ''];
  const attention = context.form.attention === 'fused' ? causalAttention : writtenAttention;
  const values = attention(builder, { address, layer, packed, key, value, rotary, config, form: context.form });
  caches.push(values);
  return values.output;
}

/**
 *   input ─▶ gate_up ─▶ split ─▶ gate ─▶ silu ─▶ x ─▶ down
 *                            └─▶ up ────────────┘
 */
async function buildMlp(context: GraphContext, config: ModelConfig, part: MlpPart): Promise<string> {
  const { builder, weights } = context;
  const { address, tensor } = part;
  const [gate, up] =
    context.form.device === 'webgpu'
      ? await apartGateAndUp(context, part)
      : await mergedGateAndUp(context, config.language.intermediateSize, part);
  const activated = context.form.device === 'webgpu' ? silu(builder, address, gate) : quickSilu(builder, address, gate);
  const product = builder.node(address, 'Mul', [activated, up]);
  return linear(context, {
    address: `${address}/down_proj`,
    input: product,
    weight: weights.matrix({ tensor: `${tensor}.down_proj.weight` }),
  });
}

interface MlpPart {
  readonly address: string;
  readonly tensor: string;
  readonly input: string;
}

async function mergedGateAndUp(context: GraphContext, size: number, { address, tensor, input }: MlpPart): Promise<[string, string]> {
  const { builder, weights } = context;
  const weight = weights.matrix({ tensor: `${tensor}.gate_proj.weight` }, { tensor: `${tensor}.up_proj.weight` });
  const both = await linear(context, { address: `${address}/gate_up_proj`, input, weight });
  return builder.nodes(address, 'Split', [both, builder.constant('int64', [size, size])], {
    attributes: { axis: { int: -1 } },
    outputs: [true, true],
  }) as [string, string];
}

async function apartGateAndUp(context: GraphContext, { address, tensor, input }: MlpPart): Promise<[string, string]> {
  const one = (name: string): Promise<string> =>
    linear(context, { address: `${address}/${name}`, input, weight: context.weights.matrix({ tensor: `${tensor}.${name}.weight` }) });
  return [await one('gate_proj'), await one('up_proj')];
}

/** With alpha 1 QuickGelu is x * sigmoid(x): SiLU in one kernel. */
function quickSilu(builder: GraphBuilder, address: string, gate: string): string {
  return builder.node(address, 'QuickGelu', [gate], { domain: 'com.microsoft', attributes: { alpha: { float: 1 } } });
}

/** As two nodes, which the WebGPU provider fuses with both projections. */
function silu(builder: GraphBuilder, address: string, gate: string): string {
  return builder.node(`${address}/silu`, 'Mul', [gate, builder.node(`${address}/silu`, 'Sigmoid', [gate])]);
}

async function addRotaryTables({ builder, form }: GraphContext, { language }: ModelConfig): Promise<readonly [cos: string, sin: string]> {
  const { contextLength, headSize, ropeTheta } = language;
  const { cos, sin } = rotaryTables(contextLength, headSize, ropeTheta);
  const dims = [contextLength, headSize / 2];
  return [await floats(builder, form, 'rotary.cos', dims, cos), await floats(builder, form, 'rotary.sin', dims, sin)];
}
