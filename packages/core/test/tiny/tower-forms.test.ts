import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { spoilTower } from '../../../dev/src/vision-plan-trial/spoil-tower.ts';
import { openTower, type Tower, type TowerMatrix, type TowerWork } from '../../src/convert/tower.ts';
import { createSeededRandom } from '../../src/generation/seeded-random.ts';
import { graphValues } from '../../src/model-files/manifest.ts';
import type { MatrixForm, VisionPlan } from '../../src/model-files/vision-plan.ts';
import { observeMatrices, runTile, withGraph } from '../../src/quality/vision-plan/try-forms.ts';
import type { Runtime } from '../../src/runtime/port.ts';
import { openAdapter } from '../helpers/runtime-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-tower-'));
const [plain, spoiled] = [join(folder, 'plain'), join(folder, 'spoiled')];
let runtime: Runtime;
let towers: readonly [Tower, Tower];
let graphs = 0;

beforeAll(async () => {
  await writeMiniCheckpoint(plain, tinyConfig());
  spoilTower(plain, spoiled, { seed: 3, outlierChannels: { count: 2, scale: 64 } });
  runtime = await openAdapter('ffi');
  towers = [await openTower(plain), await openTower(spoiled)];
});
afterAll(async () => {
  await Promise.all(towers.map((tower) => tower.close()));
  await runtime.dispose();
  rmSync(folder, { recursive: true });
});

const values = (count: number): Float32Array => {
  const random = createSeededRandom(4);
  return Float32Array.from({ length: count }, () => random() * 4 - 2);
};

async function run(file: string, inputDims: readonly number[], outputDims: readonly number[], input: Float32Array): Promise<Float32Array> {
  const session = await runtime.openSession(file);
  const data = new Float32Array(outputDims.reduce((product, dim) => product * dim, 1));
  try {
    await session.run({
      inputs: { [graphValues.patches]: { dtype: 'float32', dims: inputDims, data: input } },
      outputs: { [graphValues.features]: { dtype: 'float32', dims: outputDims, data } },
    });
  } finally {
    await session.dispose();
  }
  return data;
}

/** A folder of its own for each graph. */
function newFolder(): string {
  graphs += 1;
  const path = join(folder, `graph-${graphs}`);
  mkdirSync(path);
  return path;
}

/** 16 patches of 112 x 112, 4 tokens of 64. */
async function features(tower: Tower, plan: VisionPlan): Promise<Float32Array> {
  const work: TowerWork = { type: 'compute', plan };
  return run(
    await tower.writeGraph(work, { directory: newFolder(), int8Limit: 64 }),
    [16, 3 * 112 ** 2],
    [4, 64],
    values(16 * 3 * 112 ** 2),
  );
}

function distance(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < a.length; i += 1) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    size += (a[i] as number) ** 2;
  }
  return Math.sqrt(difference / size);
}

const everyMatrix = (tower: Tower, form: MatrixForm): VisionPlan['matrices'] =>
  Object.fromEntries(tower.matrices.map(({ address }) => [address, form]));
const float32: VisionPlan = { matrices: {}, smoothing: {} };
const once: MatrixForm = { type: 'int8', products: 1, apart: [] };

describe('forms of the vision part', () => {
  it('compute the same with channels smoothed, bit for bit: powers of two round nothing', async () => {
    const smoothing = Object.fromEntries(
      towers[0].matrices
        .filter(({ canSmooth }) => canSmooth)
        .map(({ address }) => [
          address,
          [
            [1, 3],
            [4, -2],
            [30, 5],
          ] as const,
        ]),
    );
    expect(Object.keys(smoothing)).toHaveLength(2 * 3 + 1);
    expect(distance(await features(towers[0], float32), await features(towers[0], { matrices: {}, smoothing }))).toBeLessThan(1e-6);
  });

  it('lose their way in 8 bits where channels stand out, and find it again with these smoothed', async () => {
    const [tower] = [towers[1]];
    const exact = await features(tower, float32);
    const matrices = everyMatrix(tower, once);
    const { chooseSmoothing } = await import('../../src/quality/vision-plan/choose-forms.ts');
    const manifest = { model: { hiddenSize: 64, image: { tileSizePx: 448, patchSizePx: 112, tokensPerTile: 4 } } } as never;
    const observed = await observeMatrices(
      { patches: [values(16 * 3 * 112 ** 2)], manifest },
      { runtime, tower, int8Limit: 64, folder: newFolder(), signal: new AbortController().signal, onStep: () => {} },
    );
    const smoothing = Object.fromEntries(observed.map((one) => [one.matrix.address, chooseSmoothing(one)]));
    const [naive, smoothed] = [
      distance(exact, await features(tower, { matrices, smoothing: {} })),
      distance(exact, await features(tower, { matrices, smoothing })),
    ];
    expect(naive).toBeGreaterThan(0.1);
    expect(smoothed).toBeLessThan(naive / 4);
  });
});

describe('what ONNX Runtime makes of a tower in 8 bits', () => {
  it('adds the bias of a GELU by itself, and gives each row of bytes as a block, which threads share', async () => {
    const [tower] = towers;
    const directory = newFolder();
    const work: TowerWork = { type: 'compute', plan: { matrices: everyMatrix(tower, once), smoothing: {} } };
    const optimizedModelFile = join(directory, 'optimised.onnx');
    const session = await runtime.openSession(await tower.writeGraph(work, { directory, int8Limit: 64 }), { optimizedModelFile });
    await session.dispose();
    const words = readFileSync(optimizedModelFile).toString('latin1');
    const count = (word: string): number => words.split(word).length - 1;
    expect(count('BiasGelu')).toBe(0);
    expect(count('Gelu')).toBeGreaterThanOrEqual(2 + 1); // one of each layer, one of the projector; names of values say it too
    // One block for what q, k and v share, and one each for proj, fc1 and fc2; two of the projector.
    expect(count('block_size')).toBe(2 * 4 + 2);
  });
});

describe('a tower that is observed', () => {
  const context = (tower: Tower) => ({
    ...{ runtime, tower, int8Limit: 64 as const, folder: newFolder() },
    ...{ signal: new AbortController().signal, onStep: () => {} },
  });

  it('gives the features of float32 vision, to the last bit: they are what plans are compared with', async () => {
    const [tower] = towers;
    const tile = values(16 * 3 * 112 ** 2);
    const manifest = { model: { hiddenSize: 64, image: { tileSizePx: 448, patchSizePx: 112, tokensPerTile: 4 } } } as never;
    const plain = await withGraph({ type: 'compute', plan: float32 }, context(tower), (session) =>
      runTile(session, tile, manifest, [], new AbortController().signal),
    );
    let seen: Float32Array | undefined;
    await observeMatrices({ patches: [tile], manifest }, context(tower), async (encode) => {
      seen = await encode(tile);
    });
    expect(seen).toEqual(plain);
    expect(plain.some((value) => value !== 0)).toBe(true);
  });

  it.each(['observe', 'try'] as const)(
    'is written so that ONNX Runtime meets what it tells in the order of the matrices: %s',
    async (type) => {
      const [tower] = towers;
      const candidates = everyMatrix(tower, once);
      const work =
        type === 'observe'
          ? ({ type } as const)
          : ({
              type,
              smoothing: {},
              candidates: Object.fromEntries(Object.entries(candidates).map(([at, form]) => [at, [form]])),
            } as const);
      const file = await tower.writeGraph(work, { directory: newFolder(), int8Limit: 64 });
      const bytes = readFileSync(file);
      const last = type === 'observe' ? 'observed/ReduceMax' : 'candidate.0/error/ReduceMean';
      const places = tower.matrices.map(({ address, parts }) => bytes.indexOf(`${type === 'observe' ? address : parts[0]}/${last}`));
      expect(places.every((place) => place > 0)).toBe(true);
      expect(places).toEqual([...places].sort((a, b) => b - a)); // it begins with what the last one needs
      expect(Math.min(...places)).toBeGreaterThan(bytes.indexOf('projector/fc2/FusedMatMul'));
    },
  );
});

describe('forms of one matrix', () => {
  const form = (products: 1 | 2, apart: readonly number[] = []): MatrixForm => ({ type: 'int8', products, apart });

  /** Relative error of a form for inputs of which some columns are large. */
  async function errorOf(tried: MatrixForm, large: Readonly<Record<number, number>>): Promise<number> {
    const matrix = towers[0].matrices.find(({ kind }) => kind === 'fc2') as TowerMatrix;
    const { tokens, columns, rows } = matrix;
    const input = values(tokens * columns);
    for (const [column, factor] of Object.entries(large)) {
      for (let token = 0; token < tokens; token += 1) {
        const at = token * columns + Number(column);
        input[at] = (input[at] as number) * factor;
      }
    }
    const write = (one: MatrixForm): Promise<string> => towers[0].writeMatrix(matrix, one, { directory: newFolder(), int8Limit: 64 });
    const of = async (one: MatrixForm): Promise<Float32Array> => run(await write(one), [tokens, columns], [tokens, rows], input);
    // The large columns answer for themselves: what is left of the outputs is what the others are worth.
    return distance(await of({ type: 'float32' }), await of(tried));
  }

  it('leave an error that two products reduce, since only that of the weights is left', async () => {
    const [one, two] = [await errorOf(form(1), {}), await errorOf(form(2), {})];
    expect(one).toBeLessThan(0.03);
    expect(two).toBeLessThan(one);
    expect(two).toBeGreaterThan(0);
  });

  it('keep large columns out of the scale of the others when they stand apart', async () => {
    const large = { 5: 40, 17: 60 };
    const [together, apart, bothApart] = [
      await errorOf(form(1), large),
      await errorOf(form(1, [5, 17]), large),
      await errorOf(form(2, [5, 17]), large),
    ];
    expect(apart).toBeLessThan(together / 3);
    expect(bothApart).toBeLessThanOrEqual(apart);
  });
});
