import { join } from 'node:path';
import { cpuForm, graphValues } from '../model-files/manifest.ts';
import type { ModelConfig } from '../model-files/model-config.ts';
import { readModelConfig } from '../model-files/model-config.ts';
import type { MatrixForm } from '../model-files/vision-plan.ts';
import type { GraphContext } from './graphs/graph-context.ts';
import { linear } from './graphs/linear.ts';
import type { TowerWork } from './graphs/tower-work.ts';
import { buildVisionEncoder } from './graphs/vision-encoder.ts';
import { packageVersion } from './package-version.ts';
import { ErrorReport } from './quantize/error-report.ts';
import { type ReadOptions, type WeightMatrix, Weights } from './quantize/weight-matrix.ts';
import { type Checkpoint, openCheckpoint } from './safetensors/open-checkpoint.ts';
import { outputFiles } from './write-manifest.ts';
import { writeGraph } from './write-model.ts';

export { type TowerWork, towerOutputs } from './graphs/tower-work.ts';

/** A matrix of the vision tower or the projector that plans name. */
export interface TowerMatrix {
  /** E.g. `vision/layers.0/attn/qkv`. */
  readonly address: string;
  /** Addresses of the layers that it is made of: q, k and v, or the matrix itself. */
  readonly parts: readonly string[];
  /** Matrices of the same kind have the same shape. */
  readonly kind: 'qkv' | 'proj' | 'fc1' | 'fc2' | 'projector/fc1' | 'projector/fc2';
  readonly tensor: string;
  /** Layer scale of its outputs. */
  readonly rowScale: string | undefined;
  /** Outputs, inputs, and rows of a tile that it multiplies. */
  readonly rows: number;
  readonly columns: number;
  readonly tokens: number;
  /** Whether channels of its input can be moved into it: what makes the input is linear in each channel. Nothing can be moved through a GELU. */
  readonly canSmooth: boolean;
}

/** Matrices in the order in which a tile meets them. */
export function listTowerMatrices({ vision, image, language, projector }: ModelConfig): readonly TowerMatrix[] {
  const { hiddenSize: size, intermediateSize: inner } = vision;
  const tokens = (vision.imageSizePx / vision.patchSizePx) ** 2 + 1;
  const layers = Array.from({ length: vision.usedLayers }, (_, layer): readonly TowerMatrix[] => {
    const at = `vision/layers.${layer}`;
    const tensor = (name: string): string => `vision_model.encoder.layers.${layer}.${name}`;
    const qkv = ['q', 'k', 'v'].map((part) => `${at}/attn/${part}`);
    const one = (address: string, matrix: Omit<TowerMatrix, 'address' | 'parts' | 'tokens'>): TowerMatrix => ({
      ...matrix,
      address,
      parts: matrix.kind === 'qkv' ? qkv : [address],
      tokens,
    });
    const common = { canSmooth: true, rowScale: undefined };
    return [
      one(`${at}/attn/qkv`, { ...common, kind: 'qkv', tensor: tensor('attn.qkv.weight'), rows: 3 * size, columns: size }),
      one(`${at}/attn/proj`, {
        ...common,
        kind: 'proj',
        tensor: tensor('attn.proj.weight'),
        rowScale: tensor('ls1'),
        rows: size,
        columns: size,
      }),
      one(`${at}/mlp/fc1`, { ...common, kind: 'fc1', tensor: tensor('mlp.fc1.weight'), rows: inner, columns: size }),
      one(`${at}/mlp/fc2`, {
        kind: 'fc2',
        canSmooth: false,
        tensor: tensor('mlp.fc2.weight'),
        rowScale: tensor('ls2'),
        rows: size,
        columns: inner,
      }),
    ];
  });
  const hidden = language.hiddenSize;
  const last = (kind: 'projector/fc1' | 'projector/fc2', tensor: string, columns: number): TowerMatrix => ({
    ...{ address: kind, parts: [kind], kind, tensor, rowScale: undefined, rows: hidden, columns },
    ...{ tokens: image.tokensPerTile, canSmooth: kind === 'projector/fc1' },
  });
  return [...layers.flat(), last('projector/fc1', 'mlp1.1.weight', projector.inputSize), last('projector/fc2', 'mlp1.3.weight', hidden)];
}

export interface TowerGraphOptions {
  /** Existing folder that receives `vision.onnx` and its weights. */
  readonly directory: string;
  readonly int8Limit: 64 | 127;
}

/** Opens the vision part of a checkpoint for measuring; close it when done. @throws as convertCheckpoint */
export async function openTower(checkpointDirectory: string, options: ReadOptions = {}): Promise<Tower> {
  const config = await readModelConfig(checkpointDirectory);
  return new Tower(await openCheckpoint(checkpointDirectory), config, options);
}

/** The vision part of a checkpoint: what is known of its matrices, and graphs of it in which they are observed or compute in other forms. */
export class Tower {
  readonly matrices: readonly TowerMatrix[];
  /** Changes when a weights file or the configuration does. */
  readonly fingerprint: string;
  readonly #checkpoint: Checkpoint;
  readonly #config: ModelConfig;
  readonly #weights: Weights;

  constructor(checkpoint: Checkpoint, config: ModelConfig, options: ReadOptions) {
    this.#checkpoint = checkpoint;
    this.#config = config;
    this.#weights = new Weights(checkpoint, options);
    this.matrices = listTowerMatrices(config);
    this.fingerprint = JSON.stringify([checkpoint.files.map(({ path, size, mtimeMs }) => [path, size, mtimeMs]), config]);
  }

  /** The largest magnitude in each column of a matrix, layer scale included. */
  async largestWeights(matrix: TowerMatrix): Promise<Float32Array> {
    const largest = new Float32Array(matrix.columns);
    for await (const { values } of this.#matrix(matrix).floatBlocks(await this.#rowScale(matrix))) {
      for (let begin = 0; begin < values.length; begin += matrix.columns) {
        for (let i = 0; i < matrix.columns; i += 1) largest[i] = Math.max(largest[i] as number, Math.abs(values[begin + i] as number));
      }
    }
    return largest;
  }

  /** Writes the graph of the vision part, one tile a run, with the outputs of `towerOutputs` that `work` asks for. Returns the model file. */
  writeGraph(work: TowerWork, options: TowerGraphOptions): Promise<string> {
    return this.#write(options, (context) => buildVisionEncoder({ ...context, tower: work }, this.#config));
  }

  /** Writes a graph of one matrix alone: input [tokens, columns] -> output [tokens, rows]. */
  writeMatrix(matrix: TowerMatrix, form: MatrixForm, options: TowerGraphOptions): Promise<string> {
    return this.#write(options, async (context) => {
      const { builder } = context;
      const input = builder.input(graphValues.patches, 'float32', [matrix.tokens, matrix.columns]);
      const tower: TowerWork = { type: 'compute', plan: { matrices: { [matrix.address]: form }, smoothing: {} } };
      const layer = {
        address: matrix.address,
        input,
        weight: this.#matrix(matrix),
        rowScale: await this.#rowScale(matrix),
        matrix: matrix.address,
        tokens: [matrix.tokens],
      };
      builder.output(graphValues.features, 'float32', [matrix.tokens, matrix.rows], await linear({ ...context, tower }, layer));
    });
  }

  async close(): Promise<void> {
    await this.#checkpoint.close();
  }

  #matrix({ tensor }: TowerMatrix): WeightMatrix {
    return this.#weights.matrix({ tensor });
  }

  async #rowScale({ rowScale }: TowerMatrix): Promise<Float32Array<ArrayBuffer> | undefined> {
    return rowScale === undefined ? undefined : this.#weights.vector(rowScale);
  }

  async #write({ directory, int8Limit }: TowerGraphOptions, build: (context: GraphContext) => Promise<void>): Promise<string> {
    const common = { weights: this.#weights, format: 'float32', form: cpuForm, errors: new ErrorReport(), int8Limit } as const;
    const target = { directory, names: outputFiles.vision, version: await packageVersion(), files: {}, readers: 'owner' } as const;
    await writeGraph(target, async (builder) => {
      await build({ ...common, builder });
      builder.putEndsInReverse();
    });
    return join(directory, outputFiles.vision.file);
  }
}
