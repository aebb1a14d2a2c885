import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SharedKvCache } from '../model/kv-cache.ts';
import { TokenEmbedder } from '../model/token-embedder.ts';
import { graphValues, type Manifest } from '../model-files/manifest.ts';
import { encodeOutputs } from '../runtime/onnx-bytes.ts';
import type { Runtime, Session } from '../runtime/port.ts';
import { fileMode } from '../store/readers.ts';
import { removeAbandoned, temporaryName } from '../store/temporary-files.ts';
import type { HostTensor } from '../tensor/tensor.ts';
import { type NormPoint, normTokens } from './published-norms.ts';

/** A converted model at full precision. */
export interface ExactModel {
  readonly directory: string;
  readonly manifest: Manifest;
  /** Hidden size of the vision tower, which the manifest does not name. */
  readonly visionWidth: number;
}

/** ImageNet's, with which the vision tower was trained. */
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/** Measures the L2 norm of whole tensors inside the model, on the tile and the tokens of the published norms. */
export async function measureNorms(
  runtime: Runtime,
  model: ExactModel,
  points: readonly NormPoint[],
  signal: AbortSignal,
): Promise<ReadonlyMap<NormPoint, number>> {
  const isVision = (point: NormPoint): boolean => point === 'patch-embedding' || point === 'pixel-shuffle' || point === 'projector';
  const norms = new Map<NormPoint, number>();
  for (const [kind, chosen] of [
    ['vision', points.filter(isVision)],
    ['decoder', points.filter((point) => !isVision(point))],
  ] as const) {
    if (chosen.length === 0) continue;
    const values = kind === 'vision' ? await runVision(runtime, model, chosen, signal) : await runDecoder(runtime, model, chosen, signal);
    for (const [point, value] of values) norms.set(point, l2(value.data as Float32Array));
  }
  return norms;
}

type Values = ReadonlyMap<NormPoint, HostTensor>;

async function runVision(runtime: Runtime, model: ExactModel, points: readonly NormPoint[], signal: AbortSignal): Promise<Values> {
  const { image, hiddenSize } = model.manifest.model;
  const rows = (image.tileSizePx / image.patchSizePx) ** 2;
  const joined = rows / image.tokensPerTile;
  const width = model.visionWidth;
  const values = new Map<NormPoint, HostTensor>([
    ['patch-embedding', floats([1, rows + 1, width])],
    ['pixel-shuffle', floats([image.tokensPerTile, joined * width])],
    ['projector', floats([image.tokensPerTile, hiddenSize])],
  ]);
  const probes = new Map<string, HostTensor>([
    ['vision/embed/position/Add:0', values.get('patch-embedding') as HostTensor],
    ['vision/shuffle/join/Reshape:0', values.get('pixel-shuffle') as HostTensor],
  ]);
  await withProbes(runtime, model, 'vision', probes, async (session) => {
    const outputs = { [graphValues.features]: values.get('projector') as HostTensor, ...Object.fromEntries(probes) };
    const inputs = { [graphValues.patches]: { ...floats([rows, 3 * image.patchSizePx ** 2]), data: gradientPatches(image) } };
    await session.run({ inputs, outputs, signal });
  });
  return new Map([...values].filter(([point]) => points.includes(point)));
}

async function runDecoder(runtime: Runtime, model: ExactModel, points: readonly NormPoint[], signal: AbortSignal): Promise<Values> {
  const { hiddenSize, vocabularySize, layers } = model.manifest.model;
  const count = normTokens.length;
  const logits = floats([1, count, vocabularySize]);
  const values = new Map(points.map((point) => [point, point === 'logits' ? logits : floats([1, count, hiddenSize])]));
  const probes = new Map<string, HostTensor>();
  for (const point of points) {
    const layer = /^layer-(\d+)$/.exec(point)?.[1];
    if (layer !== undefined) {
      const place = Number(layer) + 1 < layers ? `layers.${Number(layer) + 1}/input_norm` : 'final/norm';
      // The residual and the branch, added.
      probes.set(`${place}/SkipSimplifiedLayerNormalization:3`, values.get(point) as HostTensor);
    } else if (point === 'output-norm') probes.set('final/norm/SkipSimplifiedLayerNormalization:0', values.get(point) as HostTensor);
  }
  const embedder = new TokenEmbedder(model.directory, model.manifest);
  const cache = new SharedKvCache({ runtime, shape: model.manifest.model, maxBytes: Number.POSITIVE_INFINITY });
  try {
    await cache.reserve(1, count);
    const embeddings = new Float32Array(count * hiddenSize);
    for (const [index, id] of normTokens.entries()) embedder.embed(id % vocabularySize, embeddings, index * hiddenSize);
    await withProbes(runtime, model, 'decoder', probes, async (session) => {
      const bound = cache.bind(0, 1);
      const wanted = Int32Array.from(normTokens, (_, index) => index);
      await session.run({
        inputs: {
          [graphValues.embeddings]: { dtype: 'float32', dims: [1, count, hiddenSize], data: embeddings },
          [graphValues.lengths]: { dtype: 'int32', dims: [1], data: Int32Array.of(count - 1) },
          [graphValues.totalLength]: { dtype: 'int32', dims: [], data: Int32Array.of(count) },
          [graphValues.logitPositions]: { dtype: 'int32', dims: [count], data: wanted },
          ...bound.inputs,
        },
        outputs: { [graphValues.logits]: logits, ...Object.fromEntries(probes), ...bound.outputs },
        signal,
      });
    });
    return values;
  } finally {
    cache.release();
    embedder.dispose();
  }
}

/** Opens a copy of a graph that also gives inner values. The copy lies beside the weights, which both use, for as long as it is open. */
async function withProbes(
  runtime: Runtime,
  { directory, manifest }: ExactModel,
  graph: 'vision' | 'decoder',
  probes: ReadonlyMap<string, HostTensor>,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  await removeAbandoned(directory, copyPrefix);
  const file = join(directory, `${temporaryName(copyPrefix)}.onnx`);
  const added = encodeOutputs([...probes].map(([name, { dtype, dims }]) => ({ name, dtype, dims })));
  try {
    await writeFile(file, Buffer.concat([await readFile(join(directory, manifest.graphs[graph].file)), added]), {
      mode: fileMode('owner'),
    });
    const session = await runtime.openSession(file);
    try {
      await use(session);
    } finally {
      await session.dispose();
    }
  } finally {
    await rm(file, { force: true });
  }
}

const copyPrefix = '.selftest-';

/** The tile of the published norms, cut into patches: columns in the order channel, y, x. */
export function gradientPatches({ tileSizePx: side, patchSizePx: patch }: Manifest['model']['image']): Float32Array {
  const across = side / patch;
  const out = new Float32Array(3 * side * side);
  let at = 0;
  for (let row = 0; row < across; row += 1) {
    for (let column = 0; column < across; column += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        for (let y = row * patch; y < (row + 1) * patch; y += 1) {
          for (let x = column * patch; x < (column + 1) * patch; x += 1) {
            const value = (side * y + x) / (side * side);
            out[at] = (value - (mean[channel] as number)) / (deviation[channel] as number);
            at += 1;
          }
        }
      }
    }
  }
  return out;
}

function floats(dims: readonly number[]): HostTensor {
  return { dtype: 'float32', dims, data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)) };
}

function l2(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
