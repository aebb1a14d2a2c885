import { graphValues } from '../../model-files/manifest.ts';
import type { ModelConfig } from '../../model-files/model-config.ts';
import { addBiasAndGelu, floats, fromFloat32, type GraphContext, normOptions, toFloat32, vector } from './graph-context.ts';
import { linear } from './linear.ts';
import { buildPixelShuffle, buildProjector } from './projector.ts';
import { smoothingOf } from './tower-work.ts';
import { writtenSelfAttention } from './written-attention.ts';

/**
 * The vision tower and projector, for one tile or for T at once, as in InternViT: pre-norm blocks with layer scale, the last block's output without a
 * final norm, class token dropped.
 *
 *   patches [P, 3pp] ─▶ embed ─▶ [1, P+1, C] ─▶ block x N ─▶ drop class ─▶ [1, P, C] ─▶ shuffle ─▶ projector ─▶ features [T, H]
 */
export async function buildVisionEncoder(context: GraphContext, config: ModelConfig): Promise<void> {
  const { builder } = context;
  const { vision, image } = config;
  const patches = (vision.imageSizePx / vision.patchSizePx) ** 2;
  const patchValues = vision.channels * vision.patchSizePx ** 2;
  const many = context.form.device === 'webgpu';
  builder.input(graphValues.patches, 'float32', many ? ['T', patches, patchValues] : [patches, patchValues]);
  const embedded = many ? await embedManyTiles(context, graphValues.patches) : await embedPatches(context, graphValues.patches, patches);
  let state: BlockState = { residual: embedded, branch: undefined };
  for (let layer = 0; layer < vision.usedLayers; layer += 1)
    state = await buildBlock(context, { config, layer, tokens: [1, patches + 1] }, state);
  const tower = await dropClassToken(context, state, patches);
  const shuffled = buildPixelShuffle(builder, tower, config, many);
  const features = toFloat32(context, 'features', await buildProjector(context, shuffled, config));
  const size = [image.tokensPerTile, config.language.hiddenSize];
  builder.output(graphValues.features, 'float32', many ? ['T', ...size] : size, features);
}

/** What runs between blocks: the residual, and the last branch with its bias, which the next norm adds in the same kernel. */
interface BlockState {
  readonly residual: string;
  readonly branch: { readonly value: string; readonly bias: string } | undefined;
}

const embeddings = 'vision_model.embeddings';

/**
 *   patches ─▶ linear ─▶ + bias ─▶ concat(class, .) ─▶ + position ─▶ [1, P+1, C]
 */
async function embedPatches(context: GraphContext, patches: string, count: number): Promise<string> {
  const { builder, weights } = context;
  const address = 'vision/embed';
  const weight = weights.matrix({ tensor: `${embeddings}.patch_embedding.weight` });
  const { rows: size } = weight;
  const projected = await linear(context, { address, input: patches, weight, tokens: [count] });
  const bias = await vector(context, `${embeddings}.patch_embedding.bias`);
  const withBias = builder.node(`${address}/bias`, 'Add', [projected, bias]);
  const classToken = await vector(context, `${embeddings}.class_embedding`, { dims: [1, size] });
  const rows = builder.node(address, 'Concat', [classToken, withBias], { attributes: { axis: { int: 0 } } });
  const batch = builder.node(address, 'Unsqueeze', [rows, builder.constant('int64', [0])]);
  const position = await vector(context, `${embeddings}.position_embedding`, { columns: size });
  return builder.node(`${address}/position`, 'Add', [batch, position]);
}

/**
 * For T tiles at once. The class token and the bias are parts of the position table, so that nothing has to be repeated for each tile, which
 * would need a shape that is computed on the CPU in the middle of the run:
 *
 *   patches [T, P, 3pp] ─▶ linear ─▶ a row of zeros before each tile ─▶ + [P+1, C]: row 0 is class + position, row i is bias + position
 */
async function embedManyTiles(context: GraphContext, patches: string): Promise<string> {
  const { builder, weights, form } = context;
  const address = 'vision/embed';
  const weight = weights.matrix({ tensor: `${embeddings}.patch_embedding.weight` });
  const { rows: size } = weight;
  const projected = await linear(context, { address, input: fromFloat32(context, address, patches), weight });
  const padded = builder.node(address, 'Pad', [projected, builder.constant('int64', [0, 1, 0, 0, 0, 0])]);
  const added = await weights.vector(`${embeddings}.position_embedding`);
  const classToken = await weights.vector(`${embeddings}.class_embedding`);
  const bias = await weights.vector(`${embeddings}.patch_embedding.bias`);
  for (let i = 0; i < added.length; i += 1) {
    added[i] = (added[i] as number) + ((i < size ? classToken[i] : bias[i % size]) as number);
  }
  const table = await floats(builder, form, 'vision/embed.position', [added.length / size, size], added);
  return builder.node(`${address}/position`, 'Add', [padded, table]);
}

interface BlockPlace {
  readonly config: ModelConfig;
  readonly layer: number;
  /** Axes of a tile, [1, tokens], the class token included. */
  readonly tokens: readonly number[];
}

/**
 *   residual + branch ─▶ norm1 ─▶ q, k, v ─▶ attention ─▶ proj (x ls1) ─┐
 *        └──────────────────────────────────────────────────────────────▶ + ─▶ norm2 ─▶ fc1 ─▶ gelu ─▶ fc2 (x ls2) ─▶ next block
 */
async function buildBlock(context: GraphContext, { config, layer, tokens }: BlockPlace, before: BlockState): Promise<BlockState> {
  const { weights } = context;
  const tensor = (name: string): string => `vision_model.encoder.layers.${layer}.${name}`;
  const address = `vision/layers.${layer}`;
  const { epsilon } = config.vision;
  const matrices = { qkv: `${address}/attn/qkv`, proj: `${address}/attn/proj`, fc1: `${address}/mlp/fc1`, fc2: `${address}/mlp/fc2` };
  const smoothing = (matrix: string) => smoothingOf(context.tower, matrix, config.vision.hiddenSize);
  const [qkvSmoothing, projSmoothing, fc1Smoothing] = [smoothing(matrices.qkv), smoothing(matrices.proj), smoothing(matrices.fc1)];
  const norm1 = { address: `${address}/norm1`, norm: tensor('norm1'), epsilon, scale: qkvSmoothing?.input };
  const normed = await addAndNorm(context, norm1, before);
  const attended = await buildAttention(context, config, {
    address: `${address}/attn`,
    tensor: tensor('attn'),
    input: normed.value,
    tokens,
    matrix: matrices.qkv,
    columnScale: qkvSmoothing?.columns,
    valueScale: projSmoothing?.input,
  });

  const scale1 = await weights.vector(tensor('ls1'));
  const proj = await linear(context, {
    address: `${address}/attn/proj`,
    input: attended,
    tokens,
    weight: weights.matrix({ tensor: tensor('attn.proj.weight') }),
    rowScale: scale1,
    columnScale: projSmoothing?.columns,
    matrix: matrices.proj,
  });
  const projBias = await vector(context, tensor('attn.proj.bias'), { scale: scale1 });
  const middle: BlockState = { residual: normed.residual, branch: { value: proj, bias: projBias } };
  const norm2 = { address: `${address}/norm2`, norm: tensor('norm2'), epsilon, scale: fc1Smoothing?.input };
  const second = await addAndNorm(context, norm2, middle);

  const fc1 = await linear(context, {
    address: `${address}/mlp/fc1`,
    input: second.value,
    tokens,
    weight: weights.matrix({ tensor: tensor('mlp.fc1.weight') }),
    columnScale: fc1Smoothing?.columns,
    matrix: matrices.fc1,
  });
  const activated = await addBiasAndGelu(context, `${address}/mlp`, fc1, tensor('mlp.fc1.bias'));
  const scale2 = await weights.vector(tensor('ls2'));
  const fc2 = await linear(context, {
    address: `${address}/mlp/fc2`,
    input: activated,
    tokens,
    weight: weights.matrix({ tensor: tensor('mlp.fc2.weight') }),
    rowScale: scale2,
    matrix: matrices.fc2,
  });
  const bias2 = await vector(context, tensor('mlp.fc2.bias'), { scale: scale2 });
  return { residual: second.residual, branch: { value: fc2, bias: bias2 } };
}

interface Norm {
  readonly address: string;
  /** The tensors are `<norm>.weight` and `<norm>.bias`. */
  readonly norm: string;
  readonly epsilon: number;
  /** Factor of each channel of what comes out. */
  readonly scale: Float32Array | undefined;
}

async function addAndNorm(
  context: GraphContext,
  { address, norm, epsilon, scale }: Norm,
  { residual, branch }: BlockState,
): Promise<{ value: string; residual: string }> {
  const { builder } = context;
  const gamma = await vector(context, `${norm}.weight`, { scale });
  const beta = await vector(context, `${norm}.bias`, { scale });
  const options = normOptions(epsilon);
  if (branch === undefined)
    return { value: builder.node(address, 'LayerNormalization', [residual, gamma, beta], { attributes: options }), residual };
  const [value, , , sum] = builder.nodes(address, 'SkipLayerNormalization', [residual, branch.value, gamma, beta, branch.bias], {
    domain: 'com.microsoft',
    attributes: options,
    outputs: [true, false, false, true], // the fourth is residual + branch + bias
  });
  return { value: value as string, residual: sum as string };
}

interface AttentionPart {
  readonly address: string;
  readonly tensor: string;
  readonly input: string;
  readonly tokens: readonly number[];
  /** Address of q, k and v in plans. */
  readonly matrix: string;
  /** Factors of the inputs of q, k and v, and of the outputs of v. */
  readonly columnScale: Float32Array<ArrayBuffer> | undefined;
  readonly valueScale: Float32Array<ArrayBuffer> | undefined;
}

/** The checkpoint stores q, k and v as one matrix [3C, C]: three row ranges of it, in this order, each head after head. */
async function buildAttention(context: GraphContext, config: ModelConfig, part: AttentionPart): Promise<string> {
  const { builder, weights } = context;
  const { hiddenSize: rows, heads } = config.vision;
  const projected: string[] = [];
  for (const [index, name] of ['q', 'k', 'v'].entries()) {
    const weight = weights.matrix({ tensor: `${part.tensor}.qkv.weight`, firstRow: index * rows, rows });
    const rowScale = name === 'v' ? part.valueScale : undefined;
    const { input, tokens, columnScale, matrix } = part;
    projected.push(await linear(context, { address: `${part.address}/${name}`, input, tokens, weight, rowScale, columnScale, matrix }));
  }
  const scale = part.valueScale && Float32Array.from([...new Float32Array(2 * rows).fill(1), ...part.valueScale]);
  const bias = await vector(context, `${part.tensor}.qkv.bias`, { scale });
  if (context.form.attention === 'written-out')
    return writtenSelfAttention(context, { address: part.address, heads, size: rows, projected, bias });
  return builder.node(part.address, 'MultiHeadAttention', [...projected, bias], {
    domain: 'com.microsoft',
    attributes: { num_heads: { int: heads } },
  });
}

/** The last block's sum, without row 0. Slicing first saves the addition for a row that nobody reads. */
async function dropClassToken({ builder }: GraphContext, { residual, branch }: BlockState, patches: number): Promise<string> {
  if (branch === undefined) throw new Error('A vision tower has at least one layer.');
  const address = 'vision/output';
  const range = [[1], [patches + 1], [1]].map((values) => builder.constant('int64', values));
  const cut = (name: string, value: string): string => builder.node(`${address}/${name}`, 'Slice', [value, ...range]);
  const sum = builder.node(address, 'Add', [cut('residual', residual), cut('branch', branch.value)]);
  return builder.node(`${address}/bias`, 'Add', [sum, branch.bias]);
}
