import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSeededRandom } from '@h2ovl/core/internal/generation/seeded-random';

/** What is put into each layer of a vision tower. Scales are powers of two, which are exact in bfloat16. */
export interface TowerSpoiling {
  readonly seed: number;
  /** Channels of both norms and of v that are multiplied; the columns of the next matrix are divided, so the tower computes the same. */
  readonly outlierChannels?: { readonly count: number; readonly scale: number };
  /**
   * Neurons behind the GELU that answer with large values: the row of fc1 and its bias are multiplied, the column of fc2 divided. Not the same function, since
   * a GELU is not linear, but close to it for large values; the spoiled tower is its own reference.
   */
  readonly largeNeurons?: { readonly count: number; readonly scale: number };
  /** Tokens whose values become large: positions of the grid whose embedding is multiplied. The spoiled tower is its own reference. */
  readonly largeTokens?: { readonly count: number; readonly scale: number };
}

interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Writes a copy of a checkpoint of one bfloat16 file with a tower that is harder to store in 8 bits. */
export function spoilTower(from: string, to: string, spoiling: TowerSpoiling): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) if (name !== 'model.safetensors') copyFileSync(join(from, name), join(to, name));
  const bytes = readFileSync(join(from, 'model.safetensors'));
  const tensors = new TensorFile(bytes);
  const random = createSeededRandom(spoiling.seed);
  const draw = (below: number): number => Math.floor(random() * below);
  for (let layer = 0; tensors.has(`${layerName(layer)}.norm1.weight`); layer += 1) spoilLayer(tensors, layerName(layer), spoiling, draw);
  const { largeTokens } = spoiling;
  const [, positions = 0, width = 0] = tensors.shape(positionTable);
  for (let i = 0; i < (largeTokens?.count ?? 0); i += 1) {
    const position = 1 + draw(positions - 1);
    tensors.multiply(positionTable, position * width, width, 1, largeTokens?.scale ?? 1);
  }
  writeFileSync(join(to, 'model.safetensors'), bytes);
}

const positionTable = 'vision_model.embeddings.position_embedding';
const layerName = (layer: number): string => `vision_model.encoder.layers.${layer}`;

function spoilLayer(
  tensors: TensorFile,
  layer: string,
  { outlierChannels, largeNeurons }: TowerSpoiling,
  draw: (below: number) => number,
): void {
  const row = (name: string, index: number, factor: number): void => {
    const [, columns = 1] = tensors.shape(`${layer}.${name}`);
    tensors.multiply(`${layer}.${name}`, index * columns, columns, 1, factor);
  };
  const column = (name: string, index: number, factor: number): void => {
    const [rows = 0, columns = 0] = tensors.shape(`${layer}.${name}`);
    tensors.multiply(`${layer}.${name}`, index, rows, columns, factor);
  };
  const [size = 0, inner = 0] = tensors.shape(`${layer}.mlp.fc2.weight`);
  for (let i = 0; outlierChannels !== undefined && i < outlierChannels.count; i += 1) {
    const { scale } = outlierChannels;
    for (const [norm, next] of [
      ['norm1', 'attn.qkv.weight'],
      ['norm2', 'mlp.fc1.weight'],
    ] as const) {
      const channel = draw(size);
      row(`${norm}.weight`, channel, scale);
      row(`${norm}.bias`, channel, scale);
      column(next, channel, 1 / scale);
    }
    const value = draw(size);
    row('attn.qkv.weight', 2 * size + value, scale);
    row('attn.qkv.bias', 2 * size + value, scale);
    column('attn.proj.weight', value, 1 / scale);
  }
  for (let i = 0; largeNeurons !== undefined && i < largeNeurons.count; i += 1) {
    const neuron = draw(inner);
    row('mlp.fc1.weight', neuron, largeNeurons.scale);
    row('mlp.fc1.bias', neuron, largeNeurons.scale);
    column('mlp.fc2.weight', neuron, 1 / largeNeurons.scale);
  }
}

/** Tensors of a safetensors file in memory, changed in place. */
class TensorFile {
  readonly #header: Readonly<Record<string, TensorEntry>>;
  readonly #data: Buffer;
  readonly #float = new Float32Array(1);
  readonly #bits: Uint32Array;

  constructor(bytes: Buffer) {
    const length = Number(bytes.readBigUInt64LE(0));
    this.#header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8'));
    this.#data = bytes.subarray(8 + length);
    this.#bits = new Uint32Array(this.#float.buffer);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#header, name);
  }

  /** Of a vector, its length and 1. */
  shape(name: string): readonly number[] {
    const shape = this.#entry(name).shape;
    return shape.length === 1 ? [shape[0] as number, 1] : shape;
  }

  /** Multiplies `count` elements from `first` on, `step` apart. A factor that is a power of two is exact. */
  multiply(name: string, first: number, count: number, step: number, factor: number): void {
    const [start] = this.#entry(name).data_offsets;
    for (let i = 0; i < count; i += 1) {
      const at = start + 2 * (first + i * step);
      this.#bits[0] = this.#data.readUInt16LE(at) << 16;
      this.#float[0] = (this.#float[0] as number) * factor;
      this.#data.writeUInt16LE((this.#bits[0] as number) >>> 16, at);
    }
  }

  #entry(name: string): TensorEntry {
    const entry = this.#header[name];
    if (entry?.dtype !== 'BF16') throw new Error(`${name} is ${entry?.dtype ?? 'missing'}; bfloat16 is expected.`);
    return entry;
  }
}
